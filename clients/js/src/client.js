// The client API: one method an operation.
import { errorOf, TimestampOutOfRange, UnexpectedAnswer, PurserError } from './errors.js';
import { mayPass, pause, retryAfterOf, RetryPolicy } from './retry.js';
import { checkKey, newNonce, signedHeaders } from './signature.js';
import { send } from './transport.js';

const AGENT = 'purser-js/0.1';
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,64}$/;
const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

// A timer of Node's has 32 bits of milliseconds; one that is longer ends at once.
function checkTimeout(timeout) {
  if (!(timeout > 0 && timeout <= 86400)) {
    throw new RangeError('timeout must be more than 0 seconds, and at most a day');
  }
}

function queryOf(query) {
  const pairs = Object.entries(query ?? {})
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encode(name)}=${encode(value instanceof Date ? value.toISOString() : String(value))}`);
  return pairs.length ? `?${pairs.join('&')}` : '';
}

function idempotencyKeyOf(given) {
  if (given === true || given === undefined) {
    return newNonce();
  }
  if (typeof given !== 'string' || !IDEMPOTENCY_KEY.test(given)) {
    throw new TypeError('idempotencyKey is 1 to 64 printable ASCII characters without blanks');
  }
  return given;
}

function jsonOf(response) {
  const kind = (response.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
  if (kind !== 'application/json' && kind !== 'application/problem+json') {
    return undefined;
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(response.body));
  } catch {
    return undefined;
  }
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

export class Client {
  #base; #keyId; #secret; #timeout; #policy; #fetch; #clock; #sleep;
  #offset = 0;
  #rateLimit = null;

  constructor({
    baseUrl, keyId, secret, timeout = 10, retries = 3, fetch = globalThis.fetch, clock = Date.now, sleep = pause,
  } = {}) {
    checkKey(keyId, secret);
    checkTimeout(timeout);
    const base = new URL(baseUrl);
    if (!['http:', 'https:'].includes(base.protocol) || base.search || base.hash || base.username || base.password) {
      throw new TypeError('baseUrl is http:// or https:// with a host, without user, query and fragment');
    }
    this.#base = base.href.replace(/\/+$/, '');
    [this.#keyId, this.#secret, this.#timeout] = [keyId, secret, timeout];
    this.#policy = retries instanceof RetryPolicy ? retries : new RetryPolicy({ retries });
    [this.#fetch, this.#clock, this.#sleep] = [fetch, clock, sleep];
  }

  /** Seconds that are added to this machine's clock, as the server's Date said. */
  get clockOffset() {
    return this.#offset;
  }

  /** How the key itself stands, from the last answer that said so: { limit, remaining, reset }, or null. */
  get rateLimit() {
    return this.#rateLimit;
  }

  // ---- operations

  /** The current month: volume, transactions, thresholds, alerts. */
  usage(options) {
    return this.request('GET', '/v1/usage', options);
  }

  /** Past months, the newest first: one page of them. */
  usageHistoryPage({ limit, cursor } = {}, options) {
    return this.request('GET', '/v1/usage/history', { ...options, query: { limit, cursor } });
  }

  /** All past months, the newest first; limit is that of a page. */
  usageHistory({ limit } = {}, options) {
    return this.#pages('/v1/usage/history', { limit }, options);
  }

  /** The package, its limits, and the next one. */
  package(options) {
    return this.request('GET', '/v1/package', options);
  }

  /** Transactions, the newest first: one page of them; from and to are moments, half open. */
  transactionsPage({ from, to, limit, cursor } = {}, options) {
    return this.request('GET', '/v1/transactions', { ...options, query: { from, to, limit, cursor } });
  }

  /** All transactions, the newest first; limit is that of a page. */
  transactions({ from, to, limit } = {}, options) {
    return this.#pages('/v1/transactions', { from, to, limit }, options);
  }

  /** What the reconciliation of a day ("2026-11-20") found among this client's transactions. */
  reconciliation(date, options) {
    return this.request('GET', '/v1/reconciliation', { ...options, query: { date } });
  }

  /** Counts, and says whether it is admitted. */
  rateLimitCheck({ identifier, endpoint, maxRequests, windowSeconds, cost }, options) {
    const body = { identifier, endpoint, max_requests: maxRequests, window_seconds: windowSeconds, cost };
    return this.request('POST', '/v1/rate-limit/check', { ...options, body });
  }

  /** Asks the server, which has the gateway's secrets. Who has them here takes WebhookVerifier. */
  async verifyWebhook({ gateway, signature, body, url }, options) {
    const content = typeof body === 'string' ? { body } : { body_base64: Buffer.from(body).toString('base64') };
    const answer = await this.request('POST', '/v1/webhooks/verify', { ...options, body: { gateway, signature, ...content, url } });
    return answer.valid;
  }

  /** The newest checkpoint of the audit log. */
  auditCheckpoint(options) {
    return this.request('GET', '/v1/audit/checkpoint', options);
  }

  /** The description of the API, OpenAPI 3.1; not signed. */
  openapi(options) {
    return this.request('GET', '/v1/openapi.json', { ...options, signed: false });
  }

  // ---- requests

  /**
   * Any operation: its answer, or an error. The path is text and not percent-encoded yet.
   *
   * idempotencyKey: true (the default): a POST gets one of its own; a text: that one, so that a program that starts again
   * does not do it twice; false: none, and a POST is not sent again.
   */
  async request(method, path, { query, body, idempotencyKey = true, signed = true, signal, timeout = this.#timeout } = {}) {
    checkTimeout(timeout);
    const target = path.split('/').map(encode).join('/') + queryOf(query);
    const url = new URL(this.#base + target);
    if (this.#base + target !== url.href) { // what is signed must be what is sent
      throw new TypeError(`a path that a URL cannot hold: ${path}`);
    }
    const headers = { Accept: 'application/json, application/problem+json', 'User-Agent': AGENT };
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
    }
    if (method === 'POST' && idempotencyKey !== false) {
      headers['Idempotency-Key'] = idempotencyKeyOf(idempotencyKey);
    }
    const request = { method, target, headers, body: body === undefined ? '' : JSON.stringify(body) };
    return this.#try(request, { url, signed, signal, timeout });
  }

  async #try(request, options) {
    const again = ['GET', 'HEAD'].includes(request.method) || 'Idempotency-Key' in request.headers;
    let corrected = false;
    for (let failed = 0; ;) {
      try {
        return await this.#once(request, options);
      } catch (error) {
        if (error instanceof TimestampOutOfRange && !corrected && this.#correctClock(error.headers.date)) {
          corrected = true;
          continue;
        }
        failed += 1;
        const delay = error instanceof PurserError && again && mayPass(error)
          ? this.#policy.delay(failed, error.retryAfter) : null;
        if (delay === null) {
          throw error;
        }
        await this.#sleep(delay, options.signal);
      }
    }
  }

  /** Each try is signed anew: a nonce is good once. */
  async #once(request, { url, signed, signal, timeout }) {
    const headers = { ...request.headers };
    if (signed) {
      const timestamp = Math.floor(this.#clock() / 1000 + this.#offset);
      Object.assign(headers, signedHeaders({ ...request, keyId: this.#keyId, secret: this.#secret, timestamp }));
    }
    const response = await send(this.#fetch, url, { ...request, headers }, timeout, signal);
    this.#noteRateLimit(response.headers);
    return this.#open(request.method, response);
  }

  #open(method, response) {
    const { status, headers } = response;
    const retryAfter = retryAfterOf(headers['retry-after'], this.#clock());
    if (method === 'HEAD' && status === 200) {
      return {};
    }
    const value = jsonOf(response);
    if (status === 200 && isObject(value)) {
      return value;
    }
    if (status >= 400 && isObject(value) && typeof value.type === 'string') {
      throw errorOf(status, value, headers, retryAfter);
    }
    const kind = headers['content-type'] ?? 'no type';
    throw new UnexpectedAnswer(`an answer that is not Purser's: status ${status}, ${kind}`, { status, retryAfter });
  }

  async* #pages(path, query, options) {
    for (let cursor = null; ;) {
      const page = await this.request('GET', path, { ...options, query: { ...query, cursor } });
      if (!Array.isArray(page.data) || page.next_cursor === undefined) {
        throw new UnexpectedAnswer("an answer that is not Purser's: no page", { status: 200 });
      }
      yield* page.data;
      if (page.next_cursor === null) {
        return;
      }
      if (page.next_cursor === cursor) { // or this would never end
        throw new UnexpectedAnswer('the next page is the same', { status: 200 });
      }
      cursor = page.next_cursor;
    }
  }

  /** By the server's Date, to its second; false where there is none. */
  #correctClock(date) {
    const then = Date.parse(date ?? '');
    if (Number.isNaN(then)) {
      return false;
    }
    this.#offset = (then - this.#clock()) / 1000;
    return true;
  }

  #noteRateLimit(headers) {
    const [limit, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) => headers[`x-ratelimit-${name}`]);
    if ([limit, remaining, reset].every((value) => /^[0-9]+$/.test(value ?? ''))) {
      this.#rateLimit = Object.freeze({ limit: Number(limit), remaining: Number(remaining), reset: Number(reset) });
    }
  }
}
