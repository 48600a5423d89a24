/** The zone of local times, by name. Node knows none where TZ names one that doesn't exist; its local time is UTC then. */
export function localTimezone(): string {
  const known: Partial<Intl.ResolvedDateTimeFormatOptions> = Intl.DateTimeFormat().resolvedOptions();
  return known.timeZone ?? 'UTC';
}
