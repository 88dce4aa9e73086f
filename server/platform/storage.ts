import path from 'node:path'
import type { Config } from '../config.ts'
import { createFolderStorage } from './storageFolder.ts'
import { createS3Storage } from './storageS3.ts'

/**
 * Where large things are kept for good: a folder, or whatever speaks S3. An object is there whole or not at all; under
 * one key there is only ever one and the same.
 */
export interface Storage {
  /**
   * Resolves once the object is durable: only then may whoever has the original let it go.
   *
   * @param key words of letters, digits, `.`, `_` and `-`, joined by slashes.
   */
  put(key: string, object: Source): Promise<void>
  /**
   * @param range bytes, both ends included, as in HTTP; all of it when left out. It must lie within the object.
   * @throws NotStored
   */
  read(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>>
  /** Also resolves where there is nothing. */
  remove(key: string): Promise<void>
}

export interface ByteRange {
  first: number
  last: number
}

/** Bytes whose number is known, and which can be read from the start more than once. */
export interface Source {
  size: number
  open(): AsyncIterable<Uint8Array>
}

/** There is no such object. */
export class NotStored extends Error {}

export function openStorage({ s3, dataDir }: Pick<Config, 's3' | 'dataDir'>): Storage {
  return s3 === null ? createFolderStorage(path.resolve(dataDir, 'store')) : createS3Storage(s3)
}

const KEY = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/

/** The key itself. Throws for one that could lead somewhere else. */
export function checkedKey(key: string): string {
  if (!KEY.test(key) || key.length > 500) throw new TypeError(`this is no key of an object: ${JSON.stringify(key)}`)
  return key
}
