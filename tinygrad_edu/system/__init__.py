"""What lies under everything: files, threads, memory, devices, random numbers, and the wording of errors."""
