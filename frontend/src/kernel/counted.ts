/** A thing by its name, and how many of it where that is more than one: as documents say it. */
export const counted = (name: string, quantity: number) => (quantity > 1 ? `${name} × ${quantity}` : name);
