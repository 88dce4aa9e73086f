import { useNavigate } from '@tanstack/react-router'

/** Ways to the pages of single things, for what is not a link. */
export function useGo() {
  const navigate = useNavigate()
  return {
    toCall: (id: string) => void navigate({ to: '/calls/$id', params: { id } }),
    toContact: (id: string) => void navigate({ to: '/contacts/$id', params: { id } }),
    toRequest: (id: string) => void navigate({ to: '/requests', search: { request: id } }),
  }
}
