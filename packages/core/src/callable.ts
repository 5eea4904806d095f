// Callable instances and classes that work without `new`: the calling style of layers and modules in both APIs.

type AnyClass = abstract new (...args: never[]) => object;

/** A class that may also be called without `new`. */
export type Constructible<C extends AnyClass> = C & ((...args: ConstructorParameters<C>) => InstanceType<C>);

/**
 * A function object that is an instance of `prototype`'s class: what the base constructor of callable classes
 * returns. Fields of subclasses land on it, `instanceof` and `#private` work. It has no own `name` or
 * `length`. Never throws.
 */
export function callableInstance<T extends object>(
  prototype: T,
  call: (self: T, args: unknown[]) => unknown,
): T {
  const fn = (...args: unknown[]): unknown => call(self, args);
  Reflect.deleteProperty(fn, "length");
  Reflect.deleteProperty(fn, "name");
  const self: T = Object.setPrototypeOf(fn, prototype);
  return self;
}

/**
 * Makes a class callable without `new`; `new`, `extends`, `instanceof` and statics are unchanged. `F` is the
 * type of the result, for generic classes, whose type parameters `Constructible` forgets. Never throws when
 * given a class.
 */
export function constructible<C extends AnyClass, F extends C = Constructible<C>>(Class: C): F {
  return new Proxy(Class, {
    apply: (target, _this, args: unknown[]) => Reflect.construct(target as never, args),
  }) as F;
}
