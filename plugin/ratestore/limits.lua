-- The rate limits of several servers, in one Redis or Valkey. Run by EVALSHA: KEYS are what is counted,
-- ARGV[1] what is to be done. All servers go by the clock of Redis, in microseconds.
--
-- A window is a text: the sum of all entries (a double), then entries of 12 bytes, the oldest first: the latest
-- moment at which its calls may have been admitted (a double), and how many they are (4 bytes). A large limit
-- merges the calls of one 64th of its window into one entry, so that there are 65 at most; the entry has the
-- latest moment of them, and so they leave the window too late rather than too early.
--
-- A token bucket is a text of four doubles: when it will be full (whole microseconds, and 2^-32 of one), and what
-- one token of its last call takes.
if redis.replicate_commands then
  redis.replicate_commands() -- Redis 5 and 6: what is written depends on the clock
end
local clock = redis.call('TIME')
local real = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local UNIT = 4294967296

local function keep(key, value, till)
  redis.call('SET', key, value, 'PX', string.format('%.0f', math.ceil((till - real) / 1000) + 1000))
end

-- ---- windows

-- The window, and now: the clock may have been set back, and then stands still.
local function read(key)
  local value, now = redis.call('GET', key), real
  if not value then
    return struct.pack('<d', 0), now, false
  end
  if #value > 8 then
    local last = struct.unpack('<d', value, #value - 11)
    if last > now then
      now = last
    end
  end
  return value, now, true
end

-- How many are within the window, and where the first entry of it is.
local function used(value, now, window)
  local sum, at = struct.unpack('<d', value), 9
  while at < #value do
    local moment, count = struct.unpack('<dI4', value, at)
    if moment + window >= now then
      break
    end
    sum = sum - count
    at = at + 12
  end
  return sum, at
end

local function count(key, window, width, cost)
  local value, now = read(key)
  local sum, at = used(value, now, window)
  local tail, last = cost, #value
  if last > at then
    local moment, n = struct.unpack('<dI4', value, last - 11)
    if moment == now or (width > 0 and math.floor(moment / width) == math.floor(now / width)) then
      tail = tail + n
      last = last - 12
    end
  end
  value = struct.pack('<d', sum + cost) .. string.sub(value, at, last) .. struct.pack('<dI4', now, tail)
  keep(key, value, now + window)
end

-- Of each key: max, window, width, cost, shadow. The answer has a bit for each that would allow alone.
local function take()
  local bits, bit, all = 0, 1, true
  for i, key in ipairs(KEYS) do
    local max, window, cost = tonumber(ARGV[i * 5 - 3]), tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5])
    local value, now = read(key)
    if used(value, now, window) + math.max(cost, 1) <= max then
      bits = bits + bit
    elseif ARGV[i * 5 + 1] ~= '1' then
      all = false
    end
    bit = bit * 2
  end
  if not all then
    return bits
  end
  bit = bits
  for i, key in ipairs(KEYS) do
    local cost = tonumber(ARGV[i * 5])
    if bit % 2 == 1 and cost > 0 then
      count(key, tonumber(ARGV[i * 5 - 2]), tonumber(ARGV[i * 5 - 1]), cost)
    end
    bit = math.floor(bit / 2)
  end
  return bits
end

-- max, window. Is it known, how many are used, microseconds until nothing is counted, and until one more fits (-1:
-- never).
local function state()
  local max, window = tonumber(ARGV[2]), tonumber(ARGV[3])
  local value, now, known = read(KEYS[1])
  local sum, at = used(value, now, window)
  local reset_in, retry_in, gone = 0, max == 0 and -1 or 0, 0
  if at < #value then
    reset_in = struct.unpack('<d', value, #value - 11) + window + 1 - real
    while max > 0 and sum - gone + 1 > max do
      local moment, n = struct.unpack('<dI4', value, at)
      gone = gone + n
      at = at + 12
      retry_in = moment + window + 1 - real
    end
  end
  return {known and 1 or 0, sum, reset_in, retry_in}
end

local function refund_window(key, cost)
  local value = redis.call('GET', key)
  if not value then
    return 0
  end
  local ttl, sum = redis.call('PTTL', key), struct.unpack('<d', value)
  while cost > 0 and #value > 8 do
    local moment, n = struct.unpack('<dI4', value, #value - 11)
    local back = math.min(n, cost)
    value = string.sub(value, 1, -13)
    if n > back then
      value = value .. struct.pack('<dI4', moment, n - back)
    end
    sum = sum - back
    cost = cost - back
  end
  keep(key, struct.pack('<d', sum) .. string.sub(value, 9), real + ttl * 1000)
  return 1
end

-- ---- token buckets

-- Is a moment later than another?
local function later(whole, part, than_whole, than_part)
  return whole > than_whole or (whole == than_whole and part > than_part)
end

-- What the cost takes, what a full bucket holds, and one token: each whole and part.
local function take_tokens()
  local value = redis.call('GET', KEYS[1])
  local whole, part = real, 0
  if value then
    local full, full_part = struct.unpack('<dd', value)
    if full >= real then
      whole, part = full, full_part
    end
  end
  whole, part = whole + tonumber(ARGV[2]), part + tonumber(ARGV[3])
  if part >= UNIT then
    whole, part = whole + 1, part - UNIT
  end
  if later(whole, part, real + tonumber(ARGV[4]), tonumber(ARGV[5])) then
    return 0
  end
  keep(KEYS[1], struct.pack('<dddd', whole, part, tonumber(ARGV[6]), tonumber(ARGV[7])), whole)
  return 1
end

local function refund_tokens(key, cost)
  local value = redis.call('GET', key)
  if not value then
    return 0
  end
  local whole, part, step, step_part = struct.unpack('<dddd', value)
  -- cost * step_part has more digits than a double: in two halves
  local high, low = math.floor(cost / 65536), cost % 65536
  local upper, lower = step_part * high, step_part * low
  local parts = (upper % 65536) * 65536 + lower
  whole = whole - step * cost - math.floor(upper / 65536) - math.floor(parts / UNIT)
  part = part - parts % UNIT
  if part < 0 then
    whole, part = whole - 1, part + UNIT
  end
  if whole < real then
    whole, part = real, 0
  end
  keep(key, struct.pack('<dddd', whole, part, step, step_part), whole)
  return 1
end

-- ----

if ARGV[1] == 'take' then
  return take()
elseif ARGV[1] == 'tokens' then
  return take_tokens()
elseif ARGV[1] == 'state' then
  return state()
elseif ARGV[1] == 'refund' then
  local cost = tonumber(ARGV[2])
  return math.max(refund_window(KEYS[1], cost), refund_tokens(KEYS[2], cost))
elseif ARGV[1] == 'reset' then
  return redis.call('DEL', KEYS[1]) + redis.call('DEL', KEYS[2]) > 0 and 1 or 0
end
return redis.error_reply('ERR unknown')
