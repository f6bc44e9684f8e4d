-- Adds a writer's share of a service's figures to its minute and to its ten minutes.
-- KEYS  1 the writer's last sequence  2 prefix of counts  3 prefix of distributions
-- ARGV  1 sequence  2 age, milliseconds  3 keep, milliseconds
--       4.. per endpoint: name, n, n times (counter, number), m, m times (cell, number)
-- Gives how many batches came in the minute before.

local time = redis.call('TIME')
local at = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[2])
local minute = string.format('%d', math.floor(at / 60000))
kind(KEYS[1], 'string')
local before = redis.pcall('HGET', KEYS[2] .. string.format('%d', math.floor(at / 60000) - 1), '#')
local reply = type(before) == 'string' and stored(before, 2 ^ 52) or 0
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return reply
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', 3 * 3600000)

-- What is no number is begun anew.
local function add(key, field, by)
  local done = redis.pcall('HINCRBY', key, field, by)
  if type(done) == 'table' and done.err then
    redis.call('HSET', key, field, by)
  end
end

local places = { minute, 'ten:' .. string.format('%d', math.floor(at / 600000)) }
for _, place in ipairs(places) do
  local counts = KEYS[2] .. place
  kind(counts, 'hash')
  add(counts, '#', 1)
  local i = 4
  while i <= #ARGV do
    local endpoint = ARGV[i]
    local n = tonumber(ARGV[i + 1])
    i = i + 2
    for _ = 1, n do
      add(counts, endpoint .. '/' .. ARGV[i], ARGV[i + 1])
      i = i + 2
    end
    local m = tonumber(ARGV[i])
    i = i + 1
    local cells = KEYS[3] .. endpoint .. ':' .. place
    if m > 0 then
      kind(cells, 'hash')
    end
    for _ = 1, m do
      add(cells, ARGV[i], ARGV[i + 1])
      i = i + 2
    end
    if m > 0 then
      redis.call('PEXPIRE', cells, ARGV[3])
    end
  end
  redis.call('PEXPIRE', counts, ARGV[3])
end
return reply
