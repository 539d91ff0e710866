"""Arrays in, numbers with intervals out. Pure: no I/O, no clock, no global generator."""
