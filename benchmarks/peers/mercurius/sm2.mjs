// SM2 with SM3 and the user id 1234567812345678. Node's own crypto knows SM2, but offers no way to
// set the user id (it uses an empty one), so the functions of the OpenSSL inside node are called.
import koffi from 'koffi'
import crypto from 'node:crypto'

const ID = '1234567812345678'
const openssl = koffi.load(null)
const bio = openssl.func('void* BIO_new_mem_buf(const char* bytes, int length)')
const readPrivate = openssl.func('void* PEM_read_bio_PrivateKey(void* bio, void* x, void* callback, void* u)')
const readPublic = openssl.func('void* PEM_read_bio_PUBKEY(void* bio, void* x, void* callback, void* u)')
const digestNew = openssl.func('void* EVP_MD_CTX_new()')
const digestFree = openssl.func('void EVP_MD_CTX_free(void* digest)')
const contextNew = openssl.func('void* EVP_PKEY_CTX_new(void* key, void* engine)')
const contextFree = openssl.func('void EVP_PKEY_CTX_free(void* context)')
const setId = openssl.func('int EVP_PKEY_CTX_set1_id(void* context, const char* id, int length)')
const setContext = openssl.func('void EVP_MD_CTX_set_pkey_ctx(void* digest, void* context)')
const signInit = openssl.func('int EVP_DigestSignInit(void* digest, void* out, void* hash, void* engine, void* key)')
const signOnce = openssl.func('int EVP_DigestSign(void* digest, _Out_ uint8_t* signature, _Inout_ size_t* length, const uint8_t* message, size_t size)')
const verifyInit = openssl.func('int EVP_DigestVerifyInit(void* digest, void* out, void* hash, void* engine, void* key)')
const verifyOnce = openssl.func('int EVP_DigestVerify(void* digest, const uint8_t* signature, size_t length, const uint8_t* message, size_t size)')
const sm3 = openssl.func('void* EVP_sm3()')()

const PREFIX = Buffer.from('3059301306072a8648ce3d020106082a811ccf5501822d034200', 'hex')

export const privateKey = (pem) => required(readPrivate(bio(pem, pem.length), null, null, null))

export function publicKey ({ x, y }) {
  const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  const base64 = Buffer.concat([PREFIX, point]).toString('base64').replace(/.{64}/g, '$&\n')
  const pem = Buffer.from(`-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`)
  return required(readPublic(bio(pem, pem.length), null, null, null))
}

export const sm3Digest = (bytes) => crypto.createHash('sm3').update(bytes).digest('base64url')

// r‖s, 64 bytes.
export function sign (key, message) {
  return withId(key, (digest) => {
    const der = Buffer.alloc(80)
    const length = [der.length]
    required(signInit(digest, null, sm3, null, key) === 1)
    required(signOnce(digest, der, length, message, message.length) === 1)
    return fromDer(der.subarray(0, Number(length[0])))
  })
}

export function verify (key, message, signature) {
  return withId(key, (digest) => {
    const der = toDer(signature)
    return verifyInit(digest, null, sm3, null, key) === 1 &&
      verifyOnce(digest, der, der.length, message, message.length) === 1
  })
}

function withId (key, use) {
  const digest = digestNew()
  const context = contextNew(key, null)
  try {
    required(setId(context, ID, ID.length) === 1)
    setContext(digest, context)
    return use(digest)
  } finally {
    digestFree(digest)
    contextFree(context)
  }
}

function required (given) {
  if (!given) throw new Error('OpenSSL refused')
  return given
}

function toDer (raw) {
  const parts = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))])
  return Buffer.concat([Buffer.from([0x30, parts.length]), parts])
}

function integer (bytes) {
  let begin = 0
  while (begin < 31 && bytes[begin] === 0) begin += 1
  const short = bytes.subarray(begin)
  const whole = short[0] & 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short
  return Buffer.concat([Buffer.from([2, whole.length]), whole])
}

function fromDer (der) {
  const raw = Buffer.alloc(64)
  let at = 2
  for (const end of [32, 64]) {
    const length = der[at + 1]
    const value = der.subarray(at + 2, at + 2 + length)
    const digits = value.length > 32 ? value.subarray(value.length - 32) : value
    digits.copy(raw, end - digits.length)
    at += 2 + length
  }
  return raw
}
