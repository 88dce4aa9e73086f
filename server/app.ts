import type { Access } from './access/access.ts'
import type { Config } from './config.ts'
import type { Db } from './platform/db.ts'
import type { Feed } from './platform/feed.ts'
import type { Log } from './platform/log.ts'

/** What every part of the server is handed. `main.ts` puts it together; nothing here is a global. */
export interface App {
  config: Config
  log: Log
  db: Db
  feed: Feed
  access: Access
}
