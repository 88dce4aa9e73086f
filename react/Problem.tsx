/** What went wrong, in words, where it was asked; read out at once. */
export function Problem({ error }: { error: Error | null }) {
  return error ? (
    <p className="ringside-problem" role="alert">
      {error.message}
    </p>
  ) : null
}
