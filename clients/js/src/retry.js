// When a request is sent again, and after how long.
import { IdempotencyInProgress, ConnectionFailed, NotConfigured } from './errors.js';

const RETRIED = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Exponential backoff with full jitter: the pause before try n + 1 is anything from 0 to baseDelay · 2ⁿ, at most maxDelay.
 * A Retry-After comes on top of it; where that is longer than maxRetryAfter, the error is thrown at once, for the
 * caller to decide. All in seconds.
 */
export class RetryPolicy {
  constructor({ retries = 3, baseDelay = 0.25, maxDelay = 8, maxRetryAfter = 60, random = Math.random } = {}) {
    if (!Number.isInteger(retries) || retries < 0 || retries > 20) {
      throw new RangeError('retries must be 0 to 20');
    }
    if (![baseDelay, maxDelay, maxRetryAfter].every((value) => value >= 0)) {
      throw new RangeError('delays are not negative');
    }
    Object.assign(this, { retries, baseDelay, maxDelay, maxRetryAfter, random });
    Object.freeze(this);
  }

  /** Seconds to wait after so many failed tries (1 …); null: give up. */
  delay(failed, retryAfter = null) {
    if (failed > this.retries || (retryAfter ?? 0) > this.maxRetryAfter) {
      return null;
    }
    return (retryAfter ?? 0) + this.random() * Math.min(this.maxDelay, this.baseDelay * 2 ** (failed - 1));
  }
}

/** May the same request be answered otherwise a moment later? */
export function mayPass(error) {
  if (error instanceof ConnectionFailed || error instanceof IdempotencyInProgress) {
    return true;
  }
  return !(error instanceof NotConfigured) && RETRIED.has(error.status);
}

/** Of a Retry-After (seconds, or a date) the seconds; null where there is none that can be read. */
export function retryAfterOf(value, now) {
  if (value === null || value === undefined || value === '') {
    return null;
  }
  if (/^[0-9]+$/.test(value)) {
    return Number(value); // however long: then it is too long for the policy
  }
  const then = Date.parse(value);
  return Number.isNaN(then) ? null : Math.max(0, (then - now) / 1000);
}

/** A pause that a signal ends. */
export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stopped = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stopped);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) {
      stopped();
    } else {
      signal?.addEventListener('abort', stopped, { once: true });
    }
  });
}
