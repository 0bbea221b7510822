/** The items, each converted when it is read. */
export function* mapped<Item, Result>(items: Iterable<Item>, convert: (item: Item) => Result): Generator<Result> {
  for (const item of items) yield convert(item);
}
