// The page's own events are CustomEvents, dispatched by classes that extend EventTarget.
interface Event {
  readonly detail: any;
}
