/** Purser's signed client API, and the webhooks of payment gateways. */

// ---- what the API answers: money is text of digits ("1250.5000"), moments are text in UTC with a Z

/** What was used of a limit; of one that is not there, limit and percent are null. */
export interface LimitUse<T = string> {
  used: T;
  limit: T | null;
  percent: number | null;
}

export interface Threshold {
  threshold: number;
  type: string;
  reached: boolean;
  reached_at: string | null;
}

export interface Alert {
  threshold: number;
  type: string;
  usage_percentage: number;
  current_volume: string;
  max_volume: string | null;
  sent_at: string | null;
  email_sent: boolean;
}

export interface Usage {
  client_id: number;
  name: string;
  month: string;
  package: string;
  volume: LimitUse;
  transactions: LimitUse<number>;
  other_currency: number;
  currency: string;
  status: string;
  /** May a further payment come? */
  allowed: boolean;
  hard_stop: boolean;
  thresholds: Threshold[];
  alerts: Alert[];
}

export interface Month {
  month: string;
  package: string;
  volume: string;
  transactions: number;
  volume_limit: string | null;
  transaction_limit: number | null;
  price: string;
  currency: string;
  closed_at: string | null;
}

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface Offer {
  name: string;
  description: string;
  price: string;
  currency: string;
  volume_limit: string | null;
  transaction_limit: number | null;
}

/** What is null is the package's. */
export interface Override {
  price: string | null;
  volume_limit: string | null;
  transaction_limit: number | null;
  from: string;
  until: string | null;
}

/** Limits with the override considered. */
export interface Package extends Offer {
  override: Override | null;
  upgrade: Offer | null;
}

export interface Transaction {
  reference: string;
  amount: string;
  currency: string;
  occurred_at: string;
}

export interface Discrepancy {
  type: string;
  reference: string;
  gateway: string;
  amount: string | null;
  gateway_amount: string | null;
  currency: string | null;
  state: string;
  detected_at: string;
}

export interface Reconciliation {
  date: string;
  time_zone: string | null;
  complete: boolean;
  transactions: { count: number; volume: string; currency: string };
  matched: number;
  discrepancies: Discrepancy[];
  truncated: boolean;
}

export interface RateLimitAnswer {
  allowed: boolean;
  limit: number;
  remaining: number;
  reset_in_seconds: number;
  retry_after_seconds: number | null;
}

export interface Checkpoint {
  checkpoint: string | null;
  tree_size: number;
  root_hash: string | null;
  sealed_at: string | null;
}

/** How the key itself stands, from the headers of the last answer. */
export interface RateLimitState {
  readonly limit: number;
  readonly remaining: number;
  readonly reset: number;
}

// ---- the client

export interface RetryOptions {
  /** How often a request is sent again: 0 to 20; 3 unless given. */
  retries?: number;
  /** Seconds. */
  baseDelay?: number;
  maxDelay?: number;
  /** A longer Retry-After is not waited for. */
  maxRetryAfter?: number;
  random?: () => number;
}

export class RetryPolicy implements Required<RetryOptions> {
  constructor(options?: RetryOptions);
  readonly retries: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly maxRetryAfter: number;
  readonly random: () => number;
  /** Seconds to wait after so many failed tries (1 …); null: give up. */
  delay(failed: number, retryAfter?: number | null): number | null;
}

export interface ClientOptions {
  /** "https://api.shop.example": where /v1 is. A path in it is not signed: a proxy is to take it off. */
  baseUrl: string | URL;
  /** "pk_…" */
  keyId: string;
  /** "sk_…" */
  secret: string;
  /** Seconds for one try, from the connection to the last byte; 10 unless given. */
  timeout?: number;
  retries?: number | RetryPolicy;
  fetch?: typeof globalThis.fetch;
  /** Milliseconds since 1970. */
  clock?: () => number;
  sleep?: (seconds: number, signal?: AbortSignal) => Promise<void>;
}

export interface CallOptions {
  /** Ends the call, tries and pauses included: it throws the signal's reason. */
  signal?: AbortSignal;
  timeout?: number;
}

export interface PostOptions extends CallOptions {
  /** true: one of its own; a text: that one; false: none, and the request is not sent again. */
  idempotencyKey?: boolean | string;
}

type QueryValue = string | number | boolean | Date | null | undefined;

export interface RequestOptions extends PostOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signed?: boolean;
}

export interface PageQuery {
  limit?: number;
  cursor?: string | null;
}

export interface TransactionQuery {
  /** A moment, from which on; Date or text. */
  from?: Date | string;
  /** A moment, before which. */
  to?: Date | string;
  limit?: number;
}

export interface RateLimitCheck {
  identifier: string;
  endpoint: string;
  maxRequests: number;
  windowSeconds: number;
  cost?: number;
}

export interface WebhookQuestion {
  gateway: string;
  /** The value of the header, as headerValue() has it. */
  signature: string;
  /** As it came, byte for byte. */
  body: string | Uint8Array;
  url?: string;
}

export class Client {
  constructor(options: ClientOptions);
  readonly clockOffset: number;
  readonly rateLimit: RateLimitState | null;
  usage(options?: CallOptions): Promise<Usage>;
  usageHistoryPage(query?: PageQuery, options?: CallOptions): Promise<Page<Month>>;
  usageHistory(query?: { limit?: number }, options?: CallOptions): AsyncGenerator<Month, void, undefined>;
  package(options?: CallOptions): Promise<Package>;
  transactionsPage(query?: TransactionQuery & PageQuery, options?: CallOptions): Promise<Page<Transaction>>;
  transactions(query?: TransactionQuery, options?: CallOptions): AsyncGenerator<Transaction, void, undefined>;
  reconciliation(date: string, options?: CallOptions): Promise<Reconciliation>;
  rateLimitCheck(check: RateLimitCheck, options?: PostOptions): Promise<RateLimitAnswer>;
  verifyWebhook(question: WebhookQuestion, options?: PostOptions): Promise<boolean>;
  auditCheckpoint(options?: CallOptions): Promise<Checkpoint>;
  openapi(options?: CallOptions): Promise<Record<string, unknown>>;
  request<T = Record<string, unknown>>(method: string, path: string, options?: RequestOptions): Promise<T>;
}

// ---- the signature

export interface Signable {
  keyId: string;
  /** Seconds since 1970. */
  timestamp: number | string;
  nonce: string;
  method: string;
  /** The path, and '?' and the query where there is one, as they go over the wire. */
  target: string;
  body?: string | Uint8Array;
}

export function bodySha256(body?: string | Uint8Array): string;
export function newNonce(): string;
export function stringToSign(request: Signable): string;
export function sign(secret: string, request: Signable): string;
export function signedHeaders(request: Omit<Signable, 'nonce'> & { secret: string; nonce?: string }): Record<string, string>;

// ---- webhooks

export type WebhookScheme = 'paychangu' | 'square' | 'stripe' | 'paystack' | 'flutterwave' | 'standard' | 'generic';

export interface WebhookOptions {
  scheme: WebhookScheme;
  /** 1 to 16; any of them will do. */
  secrets: ReadonlyArray<string | Uint8Array>;
  /** Seconds that a timestamp may be from now; 300 unless given. */
  tolerance?: number;
  /** This and the following: of the scheme generic only. */
  algorithm?: 'sha1' | 'sha256' | 'sha512';
  encoding?: 'hex' | 'base64';
  signed?: 'body' | 'url+body' | 'timestamp.body';
  prefix?: string;
  signatureElement?: string;
  timestampElement?: string;
}

export interface Notification {
  header: string | Uint8Array | null | undefined;
  body: string | Uint8Array;
  url?: string;
  /** Seconds since 1970. */
  now?: number;
}

export class WebhookVerifier {
  constructor(options: WebhookOptions);
  verify(notification: Notification): boolean;
}

export function verifyWebhook(
  question: Notification & { scheme: WebhookScheme; secrets: string | ReadonlyArray<string>; tolerance?: number },
): boolean;
export function headerNames(scheme: WebhookScheme): string[];
export function headerValue(
  scheme: WebhookScheme,
  headers: Headers | Record<string, string | string[] | undefined>,
): string;

// ---- errors

export class PurserError extends Error {}
export class ConnectionFailed extends PurserError {}
export class RequestTimeout extends ConnectionFailed {}
export class UnexpectedAnswer extends PurserError {
  readonly status: number;
  readonly retryAfter: number | null;
}
export class ApiError extends PurserError {
  readonly status: number;
  /** "rate-limited", without the urn. */
  readonly problem: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: Array<{ pointer: string; detail: string }>;
  readonly headers: Readonly<Record<string, string>>;
  readonly retryAfter: number | null;
  readonly requestId: string | null;
}
export class AuthenticationError extends ApiError {}
export class MissingCredentials extends AuthenticationError {}
export class MalformedCredentials extends AuthenticationError {}
export class InvalidSignature extends AuthenticationError {}
export class TimestampOutOfRange extends AuthenticationError {}
export class ReplayedNonce extends AuthenticationError {}
export class InvalidKey extends AuthenticationError {}
export class Forbidden extends ApiError {}
export class ClientSuspended extends Forbidden {}
export class ClientClosed extends Forbidden {}
export class InvalidRequest extends ApiError {}
export class InvalidParameter extends InvalidRequest {}
export class InvalidBody extends InvalidRequest {}
export class NotFound extends InvalidRequest {}
export class MethodNotAllowed extends InvalidRequest {}
export class TooLarge extends InvalidRequest {}
export class UnsupportedMediaType extends InvalidRequest {}
export class IdempotencyMismatch extends InvalidRequest {}
export class IdempotencyInProgress extends ApiError {}
export class RateLimited extends ApiError {}
export class Unavailable extends ApiError {}
export class NotConfigured extends Unavailable {}
