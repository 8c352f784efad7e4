"""An invented community for an empty installation: made through the services, none of it able to pass for real."""
