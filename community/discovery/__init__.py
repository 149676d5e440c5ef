"""Every read whose answer depends on the viewer and on more than one feature."""
