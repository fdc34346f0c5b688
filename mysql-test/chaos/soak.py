def soak(campaign, arguments): return True
