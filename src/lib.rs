//! amw-rw: connects a self-managed Prometheus to an Azure Monitor workspace, and keeps that connection right.
