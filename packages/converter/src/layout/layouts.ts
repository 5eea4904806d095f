// Lazy layout: a tensor is a value plus a pending permutation of its axes. Ops that can follow the permutation do;
// only the others force a transpose, made once per value and order and never as a chain of two.
// The same class serves importers (values are IR values, views have the source's axis order) and exporters (values
// are the target's tensors, views have the IR's axis order).
import { composeOrders, identityOrder, invertOrder, isIdentity, sameOrder } from "./permutation.js";
import type { Shuffle } from "./shuffle.js";

/** A tensor seen through a value whose axes are in another order: axis i of the view is axis order[i] of the value. */
export interface View<T> {
  readonly value: T;
  readonly order: readonly number[];
  /** A pending rearrangement of the elements of the last axis. */
  readonly shuffle: Shuffle | null;
}

/** One transpose that had to be made. */
export interface InsertedTranspose<T> {
  readonly value: T;
  readonly perm: readonly number[];
  /** The layer or node that asked for it. */
  readonly where: string;
}

/** How a transpose and a rearrangement of the last axis are made. */
export interface LayoutMaker<T> {
  /** Axis j of the result is axis perm[j] of the value. */
  transpose(value: T, perm: readonly number[], where: string): T;
  /** Entry j of the result's last axis is entry indices[j] of the value's. */
  take(value: T, indices: readonly number[], where: string): T;
}

/** A value as its order is. */
export function plainView<T>(value: T, rank: number): View<T> {
  return { value, order: identityOrder(rank), shuffle: null };
}

/** Keeps the transposes of one graph. */
export class Layouts<T> {
  /** Every transpose made, in order. */
  readonly inserted: InsertedTranspose<T>[] = [];
  private readonly maker: LayoutMaker<T>;
  private readonly origins: Map<T, { readonly base: T; readonly perm: readonly number[] }> = new Map();
  private readonly made: Map<T, Map<string, T>> = new Map();
  private readonly joined: Map<T, View<T>> = new Map();
  private readonly join: ((base: T, where: string) => T) | null;

  /** @param join Makes the joined (flattened) form of a value again; see `rememberJoin`. */
  constructor(maker: LayoutMaker<T>, join: ((base: T, where: string) => T) | null = null) {
    this.maker = maker;
    this.join = join;
  }

  /** The value that has axis i of the view at place order[i]. The view must have no shuffle. */
  as(view: View<T>, order: readonly number[], where: string): T {
    const perm = new Array<number>(order.length);
    order.forEach((place, i) => (perm[place] = view.order[i]!));
    const origin = this.origins.get(view.value);
    const base = origin?.base ?? view.value;
    const whole = origin ? composeOrders(perm, origin.perm) : perm;
    if (isIdentity(whole)) return base;
    let forms = this.made.get(base);
    if (!forms) this.made.set(base, (forms = new Map()));
    const key = whole.join();
    const known = forms.get(key);
    if (known !== undefined) return known;
    const value = this.maker.transpose(base, whole, where);
    forms.set(key, value);
    this.origins.set(value, { base, perm: whole });
    this.inserted.push({ value, perm: whole, where });
    return value;
  }

  /** The value in the view's own order, its shuffle undone. */
  plain(view: View<T>, where: string): T {
    const { shuffle } = view;
    if (shuffle === null) return this.as(view, identityOrder(view.order.length), where);
    const base = this.joined.get(view.value);
    if (base && this.join) return this.join(this.plain(base, where), where);
    const value = this.as({ ...view, shuffle: null }, identityOrder(view.order.length), where);
    return this.maker.take(value, invertOrder(shuffle.places), where);
  }

  /** Notes that `value` is the joined form of `base`, so that the form without a shuffle can be made from it. */
  rememberJoin(value: T, base: View<T>): void {
    this.joined.set(value, base);
  }

  /**
   * The order, among those of the views (the first 16 different ones), that needs the fewest transposes to bring all of
   * them into it.
   */
  cheapest(views: readonly View<T>[]): readonly number[] {
    let best: readonly number[] = views[0]?.order ?? [];
    let cost = Infinity;
    const orders = new Map<string, readonly number[]>();
    for (const { order } of views) {
      if (orders.size === 16) break;
      orders.set(order.join(), order);
    }
    for (const order of orders.values()) {
      const needed = views.filter((v) => !this.has(v, order)).length;
      if (needed < cost) [best, cost] = [order, needed];
    }
    return best;
  }

  /** True when the view is available in an order without a new transpose. */
  has(view: View<T>, order: readonly number[]): boolean {
    if (sameOrder(view.order, order)) return true;
    const perm = new Array<number>(order.length);
    order.forEach((place, i) => (perm[place] = view.order[i]!));
    const origin = this.origins.get(view.value);
    const whole = origin ? composeOrders(perm, origin.perm) : perm;
    return isIdentity(whole) || this.made.get(origin?.base ?? view.value)?.has(whole.join()) === true;
  }
}
