-- SPDX-License-Identifier: Apache-2.0
-- The requests of wrk, made before it starts: wrk ... -s requests.lua URL -- KIND KEYS
-- One line of JSON with the figures stands at the end of what it prints.

local texts, index, count = {}, 0, 0
local value = string.rep("v", 100)

-- Keys of 16 bytes, in an order that jumps.
local function key(i, keys)
    return string.format("key:%012d", (i * 7919) % keys)
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
    local out = {}
    for i = 1, #text, 3 do
        local a, b, c = text:byte(i, i + 2)
        local n = a * 65536 + (b or 0) * 256 + (c or 0)
        for j = 3, 0, -1 do
            local digit = math.floor(n / 64 ^ j) % 64 + 1
            out[#out + 1] = alphabet:sub(digit, digit)
        end
        if not b then out[#out - 1] = "=" end
        if not c then out[#out] = "=" end
    end
    return table.concat(out)
end

local function get(i, keys)
    return wrk.format("GET", "/v1/kv/" .. key(i, keys))
end

local function put(i, keys)
    return wrk.format("PUT", "/v1/kv/" .. key(i, keys), nil, value)
end

local function etcd_put(i, keys)
    return wrk.format("POST", "/v3/kv/put", nil,
        '{"key":"' .. base64(key(i, keys)) .. '","value":"' .. base64(value) .. '"}')
end

local function etcd_get(i, keys)
    return wrk.format("POST", "/v3/kv/range", nil, '{"key":"' .. base64(key(i, keys)) .. '"}')
end

local function mixed(i, keys)
    return i % 2 == 0 and get(i, keys) or put(i, keys)
end

local kinds = { get = get, put = put, mixed = mixed, etcd_put = etcd_put, etcd_get = etcd_get }

function init(arguments)
    local kind, keys, depth = arguments[1], tonumber(arguments[2]), tonumber(arguments[3])
    local make = kinds[kind]
    count = math.floor(8192 / depth)
    -- Threads begin at different places.
    local start = math.random(1, 1000000)
    for i = 1, count do
        local parts = {}
        for j = 1, depth do parts[j] = make(start + i * depth + j, keys) end
        texts[i] = table.concat(parts)
    end
end

function request()
    index = index % count + 1
    return texts[index]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"seconds":%.6f,"p50_us":%d,"p99_us":%d,"errors":%d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50), latency:percentile(99),
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
