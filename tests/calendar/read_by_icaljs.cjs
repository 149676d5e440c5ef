// Read calendar files by ical.js: a JSON list of texts comes in, a JSON list of what they say goes out.
"use strict";
const path = require("path");
const ICAL = require(path.join(process.env.ICAL_JS, "dist", "ical.es5.cjs"));

function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  const found = calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const attendee = component.getFirstProperty("attendee");
    return {
      method: calendar.getFirstPropertyValue("method"),
      uid: event.uid,
      sequence: event.sequence,
      start: event.startDate.toUnixTime(),
      end: event.endDate.toUnixTime(),
      summary: event.summary,
      location: event.location || "",
      partstat: attendee ? attendee.getParameter("partstat") : "",
    };
  });
  ICAL.TimezoneService.reset();
  return found;
}

let input = "";
process.stdin.setEncoding("utf8");
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", () => process.stdout.write(JSON.stringify(JSON.parse(input).map(read))));
