-- Gives the last id of a line, or nothing.    ARGV  1 order

return last(redis.sha1hex(ARGV[1]))
