// Is a notification signed by the gateway that it names? The schemes of Purser's purser_webhook_verify(), here without a
// server. All secrets and all signatures of a header are tried in every call and compared in constant time: the time
// does not tell which of them was right.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const HEADER_MAX = 8192; // bytes; a longer header is no signature
const SECRETS_MAX = 16;
const SECRET_MAX = 1024; // bytes

const HEADERS = new Map(Object.entries({
  paychangu: ['Signature'],
  square: ['x-square-hmacsha256-signature'],
  stripe: ['Stripe-Signature'],
  paystack: ['x-paystack-signature'],
  flutterwave: ['flutterwave-signature', 'verif-hash'],
  standard: ['webhook-id', 'webhook-timestamp', 'webhook-signature'],
}));
const SCHEMES = new Map(Object.entries({
  paychangu: { signed: 'body', algorithm: 'sha256', encoding: 'hex' },
  square: { signed: 'url+body', algorithm: 'sha256', encoding: 'base64' },
  stripe: { signed: 'timestamp.body', algorithm: 'sha256', encoding: 'hex' },
  paystack: { signed: 'body', algorithm: 'sha512', encoding: 'hex' },
  flutterwave: { signed: 'body', algorithm: 'sha256', encoding: 'base64' },
  standard: { signed: 'id.timestamp.body', algorithm: 'sha256', encoding: 'base64' },
  generic: { signed: 'body', algorithm: 'sha256', encoding: 'hex' },
}));
const CHOICES = {
  algorithm: ['sha1', 'sha256', 'sha512'], encoding: ['hex', 'base64'], signed: ['body', 'url+body', 'timestamp.body'],
};
const WORDS = {
  prefix: /^[\x21-\x2b\x2d-\x7e]{1,31}$/, // without a comma
  signatureElement: /^[\x21-\x2b\x2d-\x3c\x3e-\x7e]{1,31}$/, // nor an equals sign
  timestampElement: /^[\x21-\x2b\x2d-\x3c\x3e-\x7e]{1,31}$/,
};

const trimmed = (text) => text.replace(/^[ \t]+|[ \t]+$/g, '');
const bytesOf = (text) => (typeof text === 'string' ? Buffer.from(text, 'utf8') : Buffer.from(text.buffer ?? text, text.byteOffset, text.byteLength));

// Of texts of any length: by their hashes, which have one.
function same(left, right) {
  const hash = (text) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(left), hash(right));
}

/** The headers in which a scheme's signature comes: of flutterwave either, of standard all three. */
export function headerNames(scheme) {
  const names = HEADERS.get(scheme);
  if (!names) {
    throw new TypeError(`no headers are known of the scheme ${scheme}`);
  }
  return [...names];
}

/** What verify() takes as its header, from the headers of a request (Headers, or an object in any case); '' for none. */
export function headerValue(scheme, headers) {
  const entries = typeof headers.entries === 'function' ? [...headers.entries()] : Object.entries(headers);
  const known = new Map(entries.map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : value]));
  const found = headerNames(scheme).map((name) => known.get(name.toLowerCase()) ?? '');
  if (scheme === 'standard') {
    return found.every(Boolean) ? found.join(' ') : '';
  }
  return found.find(Boolean) ?? '';
}

function checkForm(scheme, given) {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) {
      continue;
    }
    if (scheme !== 'generic') {
      throw new TypeError(`${name} is for the scheme generic only`);
    }
    if (CHOICES[name] ? !CHOICES[name].includes(value) : !(typeof value === 'string' && WORDS[name].test(value))) {
      throw new TypeError(`${name} must be ${CHOICES[name]?.join(', ') ?? '1 to 31 printable characters without a comma or an equals sign'}`);
    }
  }
}

// The key that a secret stands for: of standard what the base64 after whsec_ holds.
function keyOf(scheme, secret, number) {
  const bytes = bytesOf(secret);
  let key = bytes;
  if (scheme === 'standard') {
    const text = bytes.toString('latin1').replace(/^whsec_/, '');
    key = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  }
  if (key.length === 0 || bytes.length > SECRET_MAX) {
    const form = scheme === 'standard' ? ' in base64 (after whsec_)' : '';
    throw new TypeError(`secret number ${number} is not a text of 1 to ${SECRET_MAX} bytes${form}`);
  }
  return { key, itself: trimmed(bytes.toString('latin1')) };
}

export class WebhookVerifier {
  #scheme; #keys; #tolerance; #form;

  /**
   * scheme: paychangu, square, stripe, paystack, flutterwave, standard, generic. secrets: 1 to 16; any of them will do.
   * tolerance: seconds that a timestamp may be from now. The others are for generic only.
   */
  constructor({ scheme, secrets, tolerance = 300, ...form }) {
    const { algorithm, encoding, signed, prefix, signatureElement, timestampElement, ...unknown } = form;
    if (Object.keys(unknown).length) {
      throw new TypeError(`there is no ${Object.keys(unknown)[0]}`);
    }
    if (!SCHEMES.has(scheme)) {
      throw new TypeError(`scheme must be one of ${[...SCHEMES.keys()].join(', ')}`);
    }
    if (!Array.isArray(secrets) || secrets.length < 1 || secrets.length > SECRETS_MAX) {
      throw new TypeError(`secrets must be a list of 1 to ${SECRETS_MAX}`);
    }
    if (!Number.isInteger(tolerance) || tolerance < 1 || tolerance > 1e9) {
      throw new RangeError('tolerance must be 1 to 1000000000 seconds');
    }
    const given = { algorithm, encoding, signed, prefix, signatureElement, timestampElement };
    checkForm(scheme, given);
    const own = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    this.#form = { prefix: '', signatureElement: 'v1', timestampElement: 't', ...SCHEMES.get(scheme), ...own };
    this.#keys = secrets.map((secret, at) => keyOf(scheme, secret, at + 1));
    [this.#scheme, this.#tolerance] = [scheme, tolerance];
  }

  /**
   * Was it signed with one of the secrets, and in time? A malformed header is a no.
   *
   * header: as it came; of standard the three joined with a blank each (headerValue() does that). body: as it came, byte for
   * byte, before any parser. url: for schemes that sign it, as it was given to the gateway. now: seconds since 1970.
   */
  verify({ header, body, url, now = Date.now() / 1000 }) {
    if (this.#form.signed === 'url+body' && !url) {
      throw new TypeError('this scheme signs the URL of the notification: give it');
    }
    const text = typeof header === 'string' ? header : Buffer.from(header ?? '').toString('latin1');
    const whole = trimmed(text);
    if (whole === '' || Buffer.byteLength(text) > HEADER_MAX) {
      return false;
    }
    const parts = this.#read(whole, Math.floor(now));
    if (parts === null) {
      return false;
    }
    const before = this.#form.signed === 'url+body' ? bytesOf(url) : Buffer.from(parts.before, 'utf8');
    let good = false;
    for (const { key, itself } of this.#keys) {
      const expected = createHmac(this.#form.algorithm, key).update(before).update(bytesOf(body)).digest(this.#form.encoding);
      for (const one of parts.signatures) {
        good = same(one, expected) || good;
      }
      if (this.#scheme === 'flutterwave') { // verif-hash: the secret itself
        good = same(Buffer.from(whole, 'latin1'), Buffer.from(itself, 'latin1')) || good;
      }
    }
    return good;
  }

  #read(whole, now) {
    if (this.#form.signed === 'timestamp.body') {
      return this.#readElements(whole, now);
    }
    if (this.#form.signed === 'id.timestamp.body') {
      return this.#readStandard(whole, now);
    }
    return { signatures: this.#signatures([whole]), before: '' };
  }

  /** t=1533204620,v1=…,v1=…; two timestamps would leave open which one counts. */
  #readElements(whole, now) {
    const elements = whole.split(',').map(trimmed);
    const all = (name) => elements.filter((one) => one.startsWith(`${name}=`)).map((one) => one.slice(name.length + 1));
    const times = all(this.#form.timestampElement);
    if (times.length !== 1 || !this.#inTime(times[0], now)) {
      return null;
    }
    return { signatures: this.#signatures(all(this.#form.signatureElement)), before: `${times[0]}.` };
  }

  /** id timestamp v1,… v1,… */
  #readStandard(whole, now) {
    const [id, timestamp, ...words] = whole.split(' ');
    if (words.length === 0 || id === '' || !this.#inTime(timestamp, now)) {
      return null;
    }
    const found = words.map(trimmed).filter((word) => word.startsWith('v1,')).map((word) => word.slice(3));
    return { signatures: this.#signatures(found), before: `${id}.${timestamp}.` };
  }

  #inTime(timestamp, now) {
    return /^[0-9]{1,15}$/.test(timestamp) && Math.abs(Number(timestamp) - now) <= this.#tolerance;
  }

  /** Without the prefix; hex may come in either case. */
  #signatures(found) {
    const { prefix, encoding } = this.#form;
    const cut = found.map(trimmed).filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    return encoding === 'hex' ? cut.map((one) => one.replace(/[A-F]/g, (digit) => digit.toLowerCase())) : cut;
  }
}

/** WebhookVerifier in one call; secrets may be one. */
export function verifyWebhook({ scheme, secrets, tolerance, header, body, url, now }) {
  const several = Array.isArray(secrets) ? secrets : [secrets];
  return new WebhookVerifier({ scheme, secrets: several, tolerance }).verify({ header, body, url, now });
}
