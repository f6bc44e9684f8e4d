-- What is common to all scripts about calls that were taken in charge. A service's keys:
--   1 entries: id -> call           2 ids, in order           3 due: id -> when it may be held next
--   4 lines: order's hash .. id     5 orders: id -> hash      6 tokens: id -> who holds it
--   7 reviews: id -> call           8 review ids, in order    9 done: id -> when
--   10 last token                   11 who makes them
--   12 notices: id of a review -> when others may tell of it
--   13 until when the turns to ask who makes them are given away
-- Only the first of a line is in `due`. Ids sort by the time of acceptance.

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local DAY = 86400000

local KINDS = {
  'hash', 'zset', 'zset', 'zset', 'hash', 'hash', 'hash', 'zset', 'zset', 'string', 'string', 'zset',
  'string'
}
for i = 1, #KINDS do
  kind(KEYS[i], KINDS[i])
end

-- All of it outlives what it keeps: a call that waits for a person has no end of its own.
local function keep()
  for i = 1, 10 do
    redis.call('PEXPIRE', KEYS[i], 90 * DAY)
  end
  redis.call('PEXPIRE', KEYS[12], 90 * DAY)
end

-- People are to hear of it: at first from the instance where it came to need them, which may die.
local FIRST_NOTICE = 120000

-- Of those for review the critical ones come first.
local function flag(id, call, critical, announced)
  redis.call('HSET', KEYS[7], id, call)
  redis.call('ZADD', KEYS[8], critical and -1 or 0, id)
  if not announced then
    redis.call('ZADD', KEYS[12], now + FIRST_NOTICE, id)
  end
end

local function first(hash)
  local found = redis.call('ZRANGEBYLEX', KEYS[4], '[' .. hash, '(' .. hash .. '\255', 'LIMIT', 0, 1)
  return found[1] and string.sub(found[1], #hash + 1)
end

-- The last of a line, to see who comes now.
local function last(hash)
  local found = redis.call('ZREVRANGEBYLEX', KEYS[4], '(' .. hash .. '\255', '[' .. hash, 'LIMIT', 0, 1)
  return found[1] and string.sub(found[1], #hash + 1)
end

local function known(id)
  return redis.call('HEXISTS', KEYS[1], id) == 1 or redis.call('HEXISTS', KEYS[7], id) == 1
      or redis.call('ZSCORE', KEYS[9], id)
end

-- One before which another came meanwhile waits for that.
local function wait(id, due)
  local hash = redis.call('HGET', KEYS[5], id)
  local ahead = hash and first(hash)
  if ahead and ahead ~= id then
    redis.call('ZREM', KEYS[3], id)
    redis.call('ZADD', KEYS[3], 'NX', now, ahead)
  else
    redis.call('ZADD', KEYS[3], due, id)
  end
end

local function line(id, order, due)
  if order == '' then
    redis.call('ZADD', KEYS[3], due, id)
    return
  end
  local hash = redis.sha1hex(order)
  local before = first(hash)
  redis.call('HSET', KEYS[5], id, hash)
  redis.call('ZADD', KEYS[4], 0, hash .. id)
  if first(hash) == id then
    redis.call('ZADD', KEYS[3], due, id)
    if before and before ~= id then
      redis.call('ZREM', KEYS[3], before)
    end
  end
end

local function forget(id)
  redis.call('HDEL', KEYS[1], id)
  redis.call('ZREM', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('HDEL', KEYS[6], id)
  local hash = redis.call('HGET', KEYS[5], id)
  if hash then
    redis.call('HDEL', KEYS[5], id)
    redis.call('ZREM', KEYS[4], hash .. id)
    local following = first(hash)
    if following and not redis.call('ZSCORE', KEYS[3], following) then
      redis.call('ZADD', KEYS[3], now, following)
    end
  end
end

-- Whoever accepted it learns by this that it need not be added again.
local function done(id)
  redis.call('ZADD', KEYS[9], now, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', now - DAY)
  redis.call('ZREMRANGEBYRANK', KEYS[9], 0, -100001)
end
