"""What a log must survive: processes killed at any moment, full disks, damaged files."""
