export { Client } from './client.js';
export {
  ApiError, AuthenticationError, ClientClosed, ClientSuspended, ConnectionFailed, Forbidden, IdempotencyInProgress,
  IdempotencyMismatch, InvalidBody, InvalidKey, InvalidParameter, InvalidRequest, InvalidSignature, MalformedCredentials,
  MethodNotAllowed, MissingCredentials, NotConfigured, NotFound, PurserError, RateLimited, ReplayedNonce, RequestTimeout,
  TimestampOutOfRange, TooLarge, UnexpectedAnswer, UnsupportedMediaType, Unavailable,
} from './errors.js';
export { RetryPolicy } from './retry.js';
export { bodySha256, newNonce, sign, signedHeaders, stringToSign } from './signature.js';
export { WebhookVerifier, headerNames, headerValue, verifyWebhook } from './webhook.js';
