#!/usr/bin/env python3
"""Checks what was exported from Purser's audit log, without a server; Python 3.9 and this file are enough.
  checkpoint FILE          is it signed by the key?
  inclusion PROOF.json     is this record in the log that was signed?
  consistency PROOF.json   was the log only appended to between two checkpoints?
Ends with 0: proven; 1: not proven, and why; 2: could not be checked (wrong call, unreadable file)."""
import argparse, base64, hashlib, json, pathlib, re, sys

NAMES = ("table_name operation record_id user_id timestamp old_values new_values "
         "table_schema actor account connection_id").split()
# Ed25519 (RFC 8032, 5.1): the field, the order of the base point, d of the curve, a root of -1
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, I = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)

def need(holds, why):
    holds or sys.exit(f"NOT PROVEN: {why}")  # with 1
def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def node(left, right):
    return sha256(b"\1", left, right)
def half(size):  # the greatest power of two below it
    return 1 << (size - 1).bit_length() - 1

def add(a, b):  # a point (x, y) of -x² + y² = 1 + d·x²·y² is kept as (x·z, y·z, z, x·y·z)
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * D * a[3] * b[3] % P, 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (f + e) * (h + g) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P
def times(n, point):
    rest = times(n >> 1, add(point, point)) if n else (0, 1, 1, 0)
    return add(rest, point) if n & 1 else rest
def encode(point):
    x, y = (n * pow(point[2], -1, P) % P for n in point[:2])
    return (y | (x & 1) << 255).to_bytes(32, "little")
def decode(data):
    y = int.from_bytes(data, "little") & 2**255 - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * I % P
    x = x if x & 1 == data[31] >> 7 else -x % P
    point = (x, y, 1, x * y % P)
    need(x * x % P == square and encode(point) == data and encode(times(8, point)) != encode((0, 1, 1, 0)),
         "the key is no point of the curve, or a weak one")
    return point
BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))

def is_signed(public, message, signature):  # as libcrypto: S below L, R the one text of its point, no cofactor
    x, y, z, t = decode(public)
    hashed = hashlib.sha512(signature[:32] + public + message).digest()
    k, s = int.from_bytes(hashed, "little") % L, int.from_bytes(signature[32:], "little")
    return len(signature) == 64 and s < L and encode(add(times(s, BASE), times(k, (-x, y, z, -t)))) == signature[:32]

def base64_of(text, length, what):
    data = base64.b64decode(text) if re.fullmatch("[A-Za-z0-9+/]+={0,2}", text) and len(text) % 4 == 0 else b""
    need(data and base64.b64encode(data).decode() == text and length in (0, len(data)), f"{what} is cut, or no base64")
    return data

def open_checkpoint(text, key):
    """Size and root of a checkpoint (c2sp.org/tlog-checkpoint) that is signed (c2sp.org/signed-note) by the key."""
    name, key_id, public = (key.split("+", 2) + ["", ""])[:3]
    public = base64_of(public, 33, "the key")
    need(public[0] == 1 and sha256(name.encode(), b"\n", public)[:4].hex() == key_id,
         "the key is not one of Ed25519 with its id: is it cut?")
    need(isinstance(text, str) and not re.search(r"[\0-\x09\x0b-\x1f]", text), "the checkpoint is no text")
    body, empty, rest = text.rpartition("\n\n")
    *signatures, rest = rest.split("\n")
    need(empty and not rest, "the checkpoint is cut: it has to have an empty line, then signatures")
    good = False
    for line in signatures:
        need(re.fullmatch("\u2014 [^ ]+ [^ ]+", line), "a signature line has another form")
        signature = base64_of(line.split(" ")[2], 0, "a signature")
        if line.split(" ")[1] == name and signature[:4].hex() == key_id:
            good = is_signed(public[1:], (body + "\n").encode(), signature[4:])
            need(good, f"the signature by {name} is not of this checkpoint")
    need(good, f"the checkpoint is not signed by {name} with this key")
    lines = body.split("\n")
    need(len(lines) > 2 and all(lines) and lines[0] == name, f"the checkpoint is not one of the log {name}")
    need(re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]), "the checkpoint has no size")
    return int(lines[1]), base64_of(lines[2], 32, "the root")

def read_proof(text, kind, *numbers):
    proof = json.loads(text)
    need(isinstance(proof, dict) and (proof.get("format"), proof.get("kind")) == ("purser-proof-1", kind)
         and all(type(proof.get(n)) is int for n in numbers), f"this is no {kind} proof of the format purser-proof-1")
    path = proof.get("hashes")
    need(isinstance(path, list) and all(type(h) is str and re.fullmatch("[0-9a-f]{64}", h) for h in path),
         "the hashes of the proof are not each 64 hex digits")
    return proof, [bytes.fromhex(h) for h in path]

def root_above(leaf, index, size, path):  # RFC 9162, 2.1.3: the root, from one leaf and its proof
    need(bool(path) == (size > 1), "the proof has not as many hashes as it takes")
    if size == 1:
        return leaf
    if index < half(size):
        return node(root_above(leaf, index, half(size), path[:-1]), path[-1])
    return node(path[-1], root_above(leaf, index - half(size), size - half(size), path[:-1]))

def roots(first, size, path, known):  # RFC 9162, 2.1.4: those of the first leaves, where not known yet, and of all
    need(len(path) == (known is None) if first == size else path, "the proof has not as many hashes as it takes")
    if first == size:
        return (path[0] if known is None else known,) * 2
    if first <= half(size):
        old, new = roots(first, half(size), path[:-1], known)
        return old, node(new, path[-1])
    return tuple(node(path[-1], root) for root in roots(first - half(size), size - half(size), path[:-1], None))

def checkpoint(text, options):
    size, root = open_checkpoint(text, options.key)
    return [f"tree_size: {size}", f"root: {root.hex()}"]

def inclusion(text, options):
    proof, path = read_proof(text, "inclusion", "index", "tree_size")
    fields, index = proof.get("fields"), proof["index"]
    size, root = open_checkpoint(proof.get("checkpoint"), options.key)
    need(0 <= index < size == proof["tree_size"], f"index and tree_size do not go with the checkpoint's {size} leaves")
    need(isinstance(fields, list) and all(f is None or type(f) is str for f in fields), "fields are not texts")
    data = [None if field is None else field.encode("utf-8", "surrogatepass") for field in ["purser-audit-1"] + fields]
    leaf = sha256(b"\0", *(b"\xff" * 8 if d is None else len(d).to_bytes(8, "big") + d for d in data))
    need(proof.get("leaf") == leaf.hex(), "the leaf is not that of the fields: the record was changed")
    need(root_above(leaf, index, size, path) == root, "the proof leads to another root: the record is not in the log")
    shown = ("NULL" if f is None else f if f.isprintable() else ascii(f) for f in fields)
    return [f"{n}: {f}" for n, f in zip(NAMES + ["further"] * len(fields), shown)] + [f"position: {index} of {size}"]

def consistency(text, options):
    proof, path = read_proof(text, "consistency", "first_size", "second_size")
    old = pathlib.Path(options.checkpoint).read_text("utf-8") if options.checkpoint else proof.get("first_checkpoint")
    (first, old_root), (size, root) = (open_checkpoint(c, options.key) for c in (old, proof.get("second_checkpoint")))
    need(proof["first_size"] == first <= size == proof["second_size"],
         f"the proof is not of the sizes of the two checkpoints, {first} and {size}")
    need(first or not path and old_root == sha256(), "the empty tree has another root, and no hashes in a proof")
    need(not first or roots(first, size, path, old_root) == (old_root, root),
         "the second tree does not begin with the first: the log was changed")
    return [f"from {first} to {size} leaves: only appended to"]

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("check", choices=("checkpoint", "inclusion", "consistency"))
    parser.add_argument("file")
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", help="the log's key, name+id+base64, from somebody you trust")
    key.add_argument("--key-file", help="a file that holds the key")
    parser.add_argument("--checkpoint", metavar="OLD", help="consistency: your own old checkpoint, not the proof's")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options.key = options.key or pathlib.Path(options.key_file).read_text("utf-8").strip()
        print(*globals()[options.check](pathlib.Path(options.file).read_text("utf-8"), options), "OK", sep="\n")
    except (OSError, ValueError, RecursionError) as why:
        print(f"cannot be checked: {ascii(str(why))}", file=sys.stderr)
        sys.exit(2)
