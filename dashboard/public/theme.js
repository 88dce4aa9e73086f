// Before the first paint, so that nobody who chose dark sees a white flash. A file of its own: inline scripts are not allowed.
try {
  const { theme } = JSON.parse(localStorage.getItem('ringside.preferences') ?? '{}')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {}
