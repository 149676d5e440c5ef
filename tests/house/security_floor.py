"""The oldest version of each library in which what was published about it is mended.

An entry names what it is about. Raise a floor when something new is published; an installation may
run newer versions than those that are pinned, and no older ones than these.
"""

FLOORS: dict[str, tuple[str, str]] = {
    "babel": ("2.9.1", "CVE-2021-42771: code of a locale file outside its folder"),
    "dnspython": ("2.6.1", "CVE-2023-29483: forged answers stop a look-up"),
    "flask": ("3.1.1", "CVE-2023-30861: a session cookie kept by a cache; CVE-2025-47278: old key"),
    "idna": ("3.7", "CVE-2024-3651: quadratic encoding"),
    "jinja2": ("3.1.6", "CVE-2024-56201, CVE-2024-56326, CVE-2025-27516: out of the sandbox"),
    "mako": ("1.2.2", "CVE-2022-40023: quadratic expression"),
    "markdown-it-py": ("2.2.0", "CVE-2023-26302, CVE-2023-26303: crashes"),
    "pillow": ("10.3.0", "CVE-2023-50447, CVE-2024-28219; CVE-2023-4863: libwebp"),
    "pydantic": ("2.4.0", "CVE-2024-3772: quadratic address expression"),
    "redis": ("4.5.4", "CVE-2023-28858, CVE-2023-28859: another one's answer"),
    "sqlalchemy": ("1.3.0", "CVE-2019-7164, CVE-2019-7548: order_by and group_by of typed text"),
    "werkzeug": (
        "3.0.6",
        "CVE-2023-25577, CVE-2023-46136, CVE-2024-49767: forms of very many or long parts; "
        "CVE-2024-34069",
    ),
    # Tests listen with it.
    "aiosmtpd": ("1.4.6", "CVE-2024-27305, CVE-2024-34083: smuggling, commands before STARTTLS"),
}
