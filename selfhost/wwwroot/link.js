// The connection to the hub, for as long as the page is open: a new one for each name, started again whenever it ends.

export const reason = error => String(error?.message ?? error).replace(/^(Error|HubException): /, '');
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
const retryDelay = attempt => Math.min(500 * 2 ** attempt, 10_000) * (0.75 + Math.random() / 2);

export class Link {
  #hub;
  #events;
  #handlers = [];
  #connection = null;

  /**
   * @param hub Its name.
   * @param events `state(name)`: connecting, reconnecting or disconnected; `connected(isSame)`: whether the client brought its connection back by itself; `fault(text)`.
   */
  constructor(hub, events) {
    this.#hub = hub;
    this.#events = events;
  }

  get connection() {
    return this.#connection;
  }

  get isConnected() {
    return this.#connection?.state === signalR.HubConnectionState.Connected;
  }

  /** For all connections to come. */
  on(target, handler) {
    this.#handlers.push([target, handler]);
  }

  invoke(...call) {
    return this.#connection.invoke(...call);
  }

  /** For what is gone in a moment: it isn't waited for, and nothing is said when the connection ends meanwhile. */
  tell(...call) {
    if (this.isConnected) {
      const mine = this.#connection;
      mine.invoke(...call).catch(error => {
        if (mine === this.#connection && this.isConnected) {
          this.#events.fault(`${call[0]}: ${reason(error)}`);
        }
      });
    }
  }

  /** Connects as a user, in a fleet where a room is; the connection that was there before ends. */
  async open(user, room) {
    const previous = this.#connection;
    const mine = this.#connection = new signalR.HubConnectionBuilder()
      .withUrl(`/api?hub=${this.#hub}&user=${encodeURIComponent(user)}${room ? `&room=${encodeURIComponent(room)}` : ''}`)
      .withAutomaticReconnect({ nextRetryDelayInMilliseconds: retry => retryDelay(retry.previousRetryCount) })
      .configureLogging(signalR.LogLevel.Warning)
      .build();
    const ifMine = action => (...values) => { if (this.#connection === mine) { action(...values); } };
    this.#handlers.forEach(([target, handler]) => mine.on(target, ifMine(handler)));
    mine.onreconnecting(ifMine(() => this.#events.state('reconnecting')));
    mine.onreconnected(ifMine(() => this.#events.connected(true)));
    mine.onclose(ifMine(async error => {
      this.#events.state('disconnected');
      this.#events.fault(`The connection was closed${error ? `: ${reason(error)}` : ''}.`);
      await pause(retryDelay(0));
      await this.#start(mine);
    }));
    await previous?.stop();
    await this.#start(mine);
  }

  async #start(mine) {
    for (let attempt = 0; this.#connection === mine; attempt++) {
      this.#events.state('connecting');
      try {
        await mine.start();
        if (this.#connection === mine) {
          await this.#events.connected(false);
        }

        return;
      } catch (error) {
        if (this.#connection === mine) {
          this.#events.state('disconnected');
          this.#events.fault(`The node can't be reached: ${reason(error)}`);
          await pause(retryDelay(attempt));
        }
      }
    }
  }
}
