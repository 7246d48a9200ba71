"""The app for others than the person at this computer: behind a login, or `--insecure`."""
