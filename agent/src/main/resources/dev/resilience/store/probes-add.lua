-- Adds a probe's answer to its minute and its hour, unless it is of a time in which a later holder of the probe has written.
-- KEYS  1 prefix of an hour's minutes  2 sums by the hour
-- ARGV  1 token  2 age, milliseconds  3 "+" for up, "-" for down  4 milliseconds it took  5 most answers of a minute
--       6 keep minutes, milliseconds  7 keep hours, milliseconds

local time = redis.call('TIME')
local at = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[2])
local hour = math.floor(at / 3600000)
local key = KEYS[1] .. string.format('%d', hour)
kind(key, 'hash')
kind(KEYS[2], 'hash')
local last = stored(redis.call('HGET', key, 'f'), (tonumber(time[1]) + 86400) * 1000000) or 0
local token = tonumber(ARGV[1])
-- Tokens of who wrote in this hour, the oldest first.
local holders = redis.call('HGET', key, 'h') or redis.call('HGET', key, 'f') or ''
if token > last then
  redis.call('HSET', key, 'f', ARGV[1])
  redis.call('HSET', key, 'h', string.sub(holders .. ' ' .. ARGV[1], -200))
elseif token < last then
  -- Tokens are microseconds of the clock. What is told late is nobody else's if it is from before the next one.
  local next = last
  for holder in string.gmatch(holders, '%d+') do
    holder = tonumber(holder)
    if holder > token and holder < next then
      next = holder
    end
  end
  if at * 1000 >= next then
    return 0
  end
end

local up = ARGV[3] == '+'
local function sums(text)
  local a, b, c = string.match(text or '', '^(%d+),(%d+),(%d+)')
  a, b, c = tonumber(a or 0), tonumber(b or 0), tonumber(c or 0)
  if up then
    a, c = a + 1, c + tonumber(ARGV[4])
  else
    b = b + 1
  end
  return string.format('%.0f,%.0f,%.0f', a, b, c), a + b
end

local minute = string.format('%d', math.floor(at / 60000) % 60)
local before = redis.call('HGET', key, minute) or ''
local head, count = sums(before)
local answers = string.match(before, ';(.*)$') or ''
if count <= tonumber(ARGV[5]) then
  local second = string.format('%d', math.floor(at / 1000) % 60)
  answers = answers .. (answers == '' and '' or ' ') .. second .. ARGV[3] .. ARGV[4]
end
redis.call('HSET', key, minute, head .. ';' .. answers)
redis.call('PEXPIRE', key, ARGV[6])

local name = string.format('%d', hour)
local known = redis.call('HGET', KEYS[2], name)
redis.call('HSET', KEYS[2], name, (sums(known)))
if not known then
  for _, old in ipairs(redis.call('HKEYS', KEYS[2])) do
    local number = tonumber(old)
    if not number or number * 3600000 < at - tonumber(ARGV[7]) then
      redis.call('HDEL', KEYS[2], old)
    end
  end
end
redis.call('PEXPIRE', KEYS[2], ARGV[7])
return 1
