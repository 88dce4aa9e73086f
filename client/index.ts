/** What `ringside-client` offers: the client, every operation that it performs, and the shapes they speak in. */
export * from './api.ts'
export * from './contract.ts'
export { defineRoute, type Route } from './route.ts'
