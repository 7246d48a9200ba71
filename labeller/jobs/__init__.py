"""What the worker does: the queue, the worker, and one file for each kind of job."""
