"""Method, data and measure in one loop: training, and what a method costs."""
