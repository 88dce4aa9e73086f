import { Button } from '../../react/Button.tsx'
import { useText } from '../text/text.tsx'

interface LoadMoreProps {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }
}

export function LoadMore({ query }: LoadMoreProps) {
  const text = useText()
  if (!query.hasNextPage) return null
  return (
    <div className="p-4 text-center">
      <Button pending={query.isFetchingNextPage} onClick={() => query.fetchNextPage()}>
        {query.isFetchingNextPage ? text.loading : text.loadMore}
      </Button>
    </div>
  )
}
