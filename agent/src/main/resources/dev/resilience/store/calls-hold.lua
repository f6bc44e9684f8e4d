-- Holds calls that are due, for the one instance that makes them. Gives for each the call, the token, and '1' when it was
-- held before and nobody said what became of it. To any other it gives one thing, in how many milliseconds to ask again: they
-- ask by turns, four a second up to forty of them, and beyond that each every ten seconds: of a fleet that has shrunk those
-- that are left must not wait for turns that were given away when it was large.
-- ARGV  1 instance  2 most  3 lease, milliseconds  4 how long it stays the one, milliseconds

local LONGEST = 10000

local holder = redis.call('GET', KEYS[11])
local left = redis.call('PTTL', KEYS[11])
if holder and holder ~= ARGV[1] and left >= 0 and left <= DAY then
  local turn = stored(redis.call('GET', KEYS[13]), now + LONGEST) or 0
  turn = math.min(math.max(turn + 250, now + 1000), now + LONGEST)
  redis.call('SET', KEYS[13], string.format('%.0f', turn), 'PX', LONGEST)
  return { string.format('%.0f', turn - now) }
end
redis.call('SET', KEYS[11], ARGV[1], 'PX', ARGV[4])
local held = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, ARGV[2])) do
  local call = redis.call('HGET', KEYS[1], id)
  if call then
    local token = redis.pcall('INCR', KEYS[10])
    if type(token) == 'table' then
      -- Somebody wrote over it. Far beyond every token that was given.
      token = now * 1000
      redis.call('SET', KEYS[10], string.format('%.0f', token))
    end
    local before = redis.call('HEXISTS', KEYS[6], id)
    redis.call('HSET', KEYS[6], id, string.format('%.0f', token))
    redis.call('ZADD', KEYS[3], now + tonumber(ARGV[3]), id)
    held[#held + 1] = call
    held[#held + 1] = string.format('%.0f', token)
    held[#held + 1] = tostring(before)
  else
    forget(id)
  end
end
if #held > 0 then
  keep()
end
return held
