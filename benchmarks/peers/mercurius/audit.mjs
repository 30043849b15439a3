// The audit log: records chained by SHA-256 in SQLite, many in one commit. `append` resolves once
// the record is on disk. Everything that asks within one turn of the event loop shares a COMMIT.
import crypto from 'node:crypto'
import Database from 'better-sqlite3'

export class Audit {
  constructor (file) {
    this.database = new Database(file)
    this.database.pragma('journal_mode = WAL')
    this.database.pragma('synchronous = FULL')
    this.database.exec(`
      CREATE TABLE audit (number INTEGER PRIMARY KEY, at INTEGER, holder TEXT, request TEXT, record TEXT, digest BLOB);
      CREATE INDEX audit_holder ON audit (holder, number);
      CREATE INDEX audit_request ON audit (request);
    `)
    this.insert = this.database.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)')
    this.write = this.database.transaction((waiting) => waiting.map((entry) => this.one(entry)))
    this.number = 0
    this.digest = Buffer.alloc(32)
    this.waiting = []
  }

  append (record) {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ record, resolve, reject }) === 1) setImmediate(() => this.flush())
    })
  }

  flush () {
    const waiting = this.waiting
    this.waiting = []
    try {
      const numbers = this.write(waiting)
      waiting.forEach(({ resolve }, index) => resolve(numbers[index]))
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }

  one ({ record }) {
    const text = JSON.stringify(record)
    this.digest = crypto.createHash('sha256').update(this.digest).update(text).digest()
    this.number += 1
    this.insert.run(this.number, record.at, record.holder, record.request, text, this.digest)
    return this.number
  }
}
