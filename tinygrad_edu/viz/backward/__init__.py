"""Every number of a backward pass: the share that goes along each edge, and the local derivatives it is made of."""
