// What may go wrong, by kind. All of it is a PurserError but wrong calls, which are TypeError and RangeError. What the
// server answered is an ApiError, with a class for each problem that it knows.

const PREFIX = 'urn:purser:problem:';

export class PurserError extends Error {
  constructor(message, options) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer: no connection, or one that was cut. */
export class ConnectionFailed extends PurserError {}

/** No answer in time. The request may have been carried out. */
export class RequestTimeout extends ConnectionFailed {}

/** An answer that is not Purser's: no JSON, too large, a redirect, a proxy's error page. */
export class UnexpectedAnswer extends PurserError {
  constructor(message, { status = 0, retryAfter = null, cause } = {}) {
    super(message, { cause });
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Problem details (RFC 9457) that the server answered. */
export class ApiError extends PurserError {
  constructor({ status, problem, title = '', detail = '', errors = [], headers = {}, retryAfter = null }) {
    super(`${status} ${problem}: ${detail || title}`);
    this.status = status;
    this.problem = problem; // "rate-limited", without the urn
    this.title = title;
    this.detail = detail;
    this.errors = errors; // [{ pointer: "/cost", detail: "…" }]
    this.headers = headers; // names in lower case
    this.retryAfter = retryAfter; // seconds
    this.requestId = headers['x-request-id'] ?? null;
  }
}

/** 401 */
export class AuthenticationError extends ApiError {}
export class MissingCredentials extends AuthenticationError {}
export class MalformedCredentials extends AuthenticationError {}
/** The secret is another, or the request was changed on its way. */
export class InvalidSignature extends AuthenticationError {}
/** This machine's clock is wrong. */
export class TimestampOutOfRange extends AuthenticationError {}
export class ReplayedNonce extends AuthenticationError {}
/** Unknown, revoked, expired. */
export class InvalidKey extends AuthenticationError {}

/** 403 */
export class Forbidden extends ApiError {}
export class ClientSuspended extends Forbidden {}
export class ClientClosed extends Forbidden {}

/** Another 4xx: sent again it would fail again. */
export class InvalidRequest extends ApiError {}
/** errors says which parameter. */
export class InvalidParameter extends InvalidRequest {}
/** errors says which member. */
export class InvalidBody extends InvalidRequest {}
export class NotFound extends InvalidRequest {}
export class MethodNotAllowed extends InvalidRequest {}
export class TooLarge extends InvalidRequest {}
export class UnsupportedMediaType extends InvalidRequest {}
/** The Idempotency-Key was used for another request. */
export class IdempotencyMismatch extends InvalidRequest {}

/** The first request with that Idempotency-Key is under way. */
export class IdempotencyInProgress extends ApiError {}

/** 429; retryAfter says how long. */
export class RateLimited extends ApiError {}

/** 5xx: later, perhaps. */
export class Unavailable extends ApiError {}
/** The server has no api.key_seed; an operator has to help. */
export class NotConfigured extends Unavailable {}

const BY_PROBLEM = new Map(Object.entries({
  'missing-credentials': MissingCredentials,
  'malformed-credentials': MalformedCredentials,
  'invalid-signature': InvalidSignature,
  'timestamp-out-of-range': TimestampOutOfRange,
  'replayed-nonce': ReplayedNonce,
  'invalid-key': InvalidKey,
  'client-suspended': ClientSuspended,
  'client-closed': ClientClosed,
  'invalid-parameter': InvalidParameter,
  'invalid-body': InvalidBody,
  'not-found': NotFound,
  'method-not-allowed': MethodNotAllowed,
  'body-too-large': TooLarge,
  'unsupported-media-type': UnsupportedMediaType,
  'idempotency-mismatch': IdempotencyMismatch,
  'idempotency-in-progress': IdempotencyInProgress,
  'rate-limited': RateLimited,
  'not-configured': NotConfigured,
}));
const BY_STATUS = new Map([[401, AuthenticationError], [403, Forbidden], [404, NotFound], [405, MethodNotAllowed],
  [413, TooLarge], [415, UnsupportedMediaType], [429, RateLimited]]);

const text = (value) => (typeof value === 'string' ? value : '');

/** The error that problem details stand for. A problem that this release does not know goes by its status. */
export function errorOf(status, value, headers, retryAfter) {
  const type = text(value.type);
  const problem = type.startsWith(PREFIX) ? type.slice(PREFIX.length) : type;
  const Kind = BY_PROBLEM.get(problem) ?? BY_STATUS.get(status) ?? (status >= 500 ? Unavailable : InvalidRequest);
  const errors = (Array.isArray(value.errors) ? value.errors : [])
    .filter((one) => one !== null && typeof one === 'object')
    .map((one) => ({ pointer: text(one.pointer), detail: text(one.detail) }));
  return new Kind({
    status, problem, errors, headers, retryAfter, title: text(value.title), detail: text(value.detail),
  });
}
