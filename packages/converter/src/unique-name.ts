// Names that no two things share, found in few steps however often a file repeats one name.

/**
 * `wanted`, or the first of `spell(first)`, `spell(first + 1)`, … that is free where the taken ones have no gaps.
 * Takes a number of steps that grows with the logarithm of the names taken. Never throws by itself.
 * @param spell The name with a number; `wanted_1` unless given.
 */
export function uniqueName(
  wanted: string,
  taken: (name: string) => boolean,
  spell: (n: number) => string = (n) => `${wanted}_${n}`,
  first = 1,
): string {
  if (!taken(wanted)) return wanted;
  let used = first - 1;
  let free = first;
  for (; taken(spell(free)); free *= 2) used = free;
  while (free - used > 1) {
    const middle = Math.floor((used + free) / 2);
    if (taken(spell(middle))) used = middle;
    else free = middle;
  }
  return spell(free);
}
