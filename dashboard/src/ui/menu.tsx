/** A menu behind a button. Not modal: the page stays scrollable and no style element is injected, which the policy forbids. */
import * as Dropdown from "@radix-ui/react-dropdown-menu";
import { createContext, use, useRef, type ReactNode, type RefObject } from "react";

import { useText } from "../text/language";
import { Icon } from "./icon";

const ITEM =
  "flex min-h-10 items-center gap-2 rounded-md px-3 outline-none select-none data-highlighted:bg-raised data-disabled:opacity-50";

/**
 * What was chosen. It happens once the menu is closed and the focus is back on its button, so that a dialog it
 * opens gives the focus back there.
 */
const Chosen = createContext<RefObject<(() => void) | null>>({ current: null });

export function Menu({ trigger, children }: { trigger: ReactNode; children: ReactNode }) {
  const { language } = useText();
  const chosen = useRef<(() => void) | null>(null);
  const act = () => {
    queueMicrotask(() => {
      const action = chosen.current;
      chosen.current = null;
      action?.();
    });
  };
  return (
    <Dropdown.Root modal={false} dir={language === "ar" ? "rtl" : "ltr"}>
      <Dropdown.Trigger asChild>{trigger}</Dropdown.Trigger>
      <Dropdown.Portal>
        <Dropdown.Content
          align="end"
          sideOffset={4}
          collisionPadding={12}
          onCloseAutoFocus={act}
          className="border-line bg-surface text-ink z-30 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 overflow-y-auto rounded-xl border p-1.5 shadow-lg"
        >
          <Chosen value={chosen}>{children}</Chosen>
        </Dropdown.Content>
      </Dropdown.Portal>
    </Dropdown.Root>
  );
}

interface MenuItemProps {
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
  children: ReactNode;
}

export function MenuItem({ onSelect, danger = false, disabled = false, children }: MenuItemProps) {
  const chosenRef = use(Chosen);
  return (
    <Dropdown.Item
      onSelect={() => {
        chosenRef.current = onSelect;
      }}
      disabled={disabled}
      className={`${ITEM} ${danger ? "text-bad" : ""}`}
    >
      {children}
    </Dropdown.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange: (value: T) => void;
}

export function MenuChoice<T extends string>({ label, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <Dropdown.RadioGroup value={value} onValueChange={(chosen) => onChange(chosen as T)} aria-label={label}>
      <Dropdown.Label className="text-muted px-3 pt-2 pb-1 text-xs font-medium">{label}</Dropdown.Label>
      {options.map((option) => (
        <Dropdown.RadioItem key={option.value} value={option.value} className={`${ITEM} justify-between`}>
          {option.label}
          <Dropdown.ItemIndicator>
            <Icon name="check" className="text-accent size-4" />
          </Dropdown.ItemIndicator>
        </Dropdown.RadioItem>
      ))}
    </Dropdown.RadioGroup>
  );
}

export const MenuLine = () => <Dropdown.Separator className="bg-line my-1.5 h-px" />;
