"""When a request is sent again, and after how long."""
import random
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter: the pause before try n + 1 is anything from 0 to base_delay · 2ⁿ, at most
    max_delay. A Retry-After comes on top of it; where that is longer than max_retry_after, the error is raised at
    once, for the caller to decide."""
    retries: int = 3
    base_delay: float = 0.25
    max_delay: float = 8.0
    max_retry_after: float = 60.0

    def __post_init__(self) -> None:
        if not 0 <= self.retries <= 20:
            raise ValueError("retries must be 0 to 20")
        if min(self.base_delay, self.max_delay, self.max_retry_after) < 0:
            raise ValueError("delays are not negative")

    def delay(self, failed: int, retry_after: Optional[float],
              uniform: Callable[[float, float], float] = random.uniform) -> Optional[float]:
        """Seconds to wait after so many failed tries (1 …); None: give up."""
        if failed > self.retries or (retry_after or 0) > self.max_retry_after:
            return None
        jitter = uniform(0.0, min(self.max_delay, self.base_delay * 2.0 ** (failed - 1)))
        return (retry_after or 0.0) + jitter
