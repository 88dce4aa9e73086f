/** Makes this process able to import TypeScript: newer Node strips types itself, Node 20 has it done by tsx. */
export async function runTypeScript() {
  if (process.features.typescript) return
  const { register } = await import('tsx/esm/api')
  register()
}
