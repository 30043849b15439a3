"""What Redis does in one step, in its own language. They run alike in every version since 5, and in
Valkey. All time is the server's own, so the workers' clocks need not agree."""

FIND = """
local now = redis.call('TIME')
return {now[1], now[2], redis.call('MGET', unpack(KEYS))}
"""
"""KEYS: values. The time, and the values."""

CLAIM = """
local now = redis.call('TIME')
local reply = {now[1], now[2]}
for at = 1, #KEYS, 2 do
  local standing = redis.call('GET', KEYS[at])
  if not standing and not redis.call('SET', KEYS[at + 1], ARGV[1], 'NX', 'PX', ARGV[2]) then
    local held = redis.call('GET', KEYS[at + 1])
    if string.sub(held, -1) ~= '+' then
      redis.call('APPEND', KEYS[at + 1], '+')
    end
    standing = redis.call('PTTL', KEYS[at + 1])
  end
  reply[#reply + 1] = standing
end
return reply
"""
"""KEYS: a value and its lease for each name; ARGV: token, life in ms. The time; of each name the
value, or for how many ms another one has the lease, or nothing: then it is the token's. A lease
that somebody waits for ends in "+"."""

TELL = """
local now = redis.call('TIME')
local left = ARGV[3] - (now[1] * 1000 + math.floor(now[2] / 1000))
local told = {}
for at = 1, #KEYS, 2 do
  local value = ARGV[4 + (at + 1) / 2]
  local is_kept = value ~= '' and left > 0
  if is_kept then
    redis.call('SET', KEYS[at], value, 'PX', left)
  end
  local held = redis.call('GET', KEYS[at + 1])
  local is_own = held and string.sub(held, 1, #ARGV[1]) == ARGV[1]
  if held and (is_own or is_kept) and string.sub(held, -1) == '+' then
    told[#told + 1] = string.sub(KEYS[at], -ARGV[4])
  end
  if is_own then
    redis.call('DEL', KEYS[at + 1])
  end
end
if #told > 0 then
  redis.call('PUBLISH', ARGV[2], table.concat(told))
end
return #told
"""
"""KEYS: as above; ARGV: token, channel, the end of the values in ms, the length of a name, the
values. Ends only the leases of this token; tells the names for which somebody waits."""

FORGET = """
redis.call('SET', KEYS[2], '', 'PX', ARGV[3])
if ARGV[2] ~= '' then
  redis.call('RPUSH', KEYS[1], ARGV[2])
  redis.call('LTRIM', KEYS[1], -ARGV[4], -1)
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  redis.call('PUBLISH', ARGV[1], ARGV[2])
  return {}
end
return redis.call('LRANGE', KEYS[1], 0, -1)
"""
"""KEYS: the words, a place to try writing; ARGV: channel, word, its life in ms, how many are kept.
Without a word: those of the last life."""
