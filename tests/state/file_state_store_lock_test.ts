import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { PluginError } from "@semantik/plugins";
import { FileStateStore, type StateChange } from "@semantik/plugins/state";
import { createFakeClock } from "@semantik/plugins/testing";
import { withStateFile } from "./with_state_file.ts";

const disableX: StateChange = ({ plugins }) =>
  new Map(plugins).set("x", { enabled: false });

function addOne(id: string): StateChange {
  return ({ plugins }) => {
    const count = Number(plugins.get(id)?.config?.count ?? 0);
    return new Map(plugins).set(id, { config: { count: count + 1 } });
  };
}

async function holdLock(path: string): Promise<AsyncDisposable> {
  const file = await Deno.open(`${path}.lock`, { write: true, create: true });
  assert(await file.tryLock(true));
  return {
    async [Symbol.asyncDispose]() {
      await file.unlock();
      file.close();
    },
  };
}

Deno.test("FileStateStore.update() waits for the lock of another writer", async () => {
  await withStateFile(async (path) => {
    const clock = createFakeClock();
    const store = new FileStateStore(path, { clock });
    let update: Promise<unknown>;
    {
      await using _lock = await holdLock(path);
      update = store.update(disableX);
      for (let i = 0; i < 5; i++) {
        await clock.untilPending(2);
        clock.advance(40);
      }
      await clock.untilPending(2);
      await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    }
    clock.advance(40);
    await update;
    assertEquals(clock.pending, 0);
    const state = await store.read();
    assert(state.ok);
    assertEquals(state.snapshot.revision, 1);
  });
});

Deno.test("FileStateStore.update() gives up at its time limit", async () => {
  await withStateFile(async (path) => {
    await using _lock = await holdLock(path);
    const clock = createFakeClock();
    const store = new FileStateStore(path, { clock, lockTimeout: 500 });
    const updates = [store.update(disableX), store.update(disableX)];
    const settled = Promise.allSettled(updates);
    await clock.untilPending(3);
    clock.advance(500);
    for (const result of await settled) {
      assert(result.status === "rejected");
      assert(result.reason instanceof PluginError);
      assertEquals(result.reason.code, "PLUGIN_STATE_LOCKED");
      assertStringIncludes(result.reason.message, "for 500 ms");
    }
    assertEquals(clock.pending, 0);
  });
});

Deno.test("FileStateStore.update() works after a wait that timed out", async () => {
  await withStateFile(async (path) => {
    const clock = createFakeClock();
    const store = new FileStateStore(path, { clock, lockTimeout: 500 });
    {
      await using _lock = await holdLock(path);
      const update = assertRejects(() => store.update(disableX), PluginError);
      await clock.untilPending(2);
      clock.advance(500);
      await update;
    }
    assertEquals((await store.update(disableX)).revision, 1);
  });
});

Deno.test("FileStateStore.update() reads while another writer holds the lock", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    await store.update(disableX);
    await using _lock = await holdLock(path);
    assert((await store.read()).ok);
  });
});

Deno.test("FileStateStore.update() stops waiting when its signal aborts", async (t) => {
  const reason = new Error("enough");

  await t.step("before it begins", () =>
    withStateFile(async (path) => {
      const store = new FileStateStore(path);
      const signal = AbortSignal.abort(reason);
      const error = await assertRejects(() =>
        store.update(disableX, { signal })
      );
      assertEquals(error, reason);
      const read = await assertRejects(() => store.read({ signal }));
      assertEquals(read, reason);
      await assertRejects(() => Deno.lstat(`${path}.lock`));
    }));

  await t.step(
    "while it waits for another process",
    () =>
      withStateFile(async (path) => {
        await using _lock = await holdLock(path);
        const clock = createFakeClock();
        const controller = new AbortController();
        const store = new FileStateStore(path, { clock });
        const update = assertRejects(() => store.update(disableX, controller));
        await clock.untilPending(2);
        controller.abort(reason);
        assertEquals(await update, reason);
        assertEquals(clock.pending, 0);
      }),
  );

  await t.step(
    "while it waits for its turn",
    () =>
      withStateFile(async (path) => {
        const clock = createFakeClock();
        const controller = new AbortController();
        const store = new FileStateStore(path, { clock });
        const others: Promise<unknown>[] = [];
        let called = 0;
        {
          await using _lock = await holdLock(path);
          others.push(store.update(disableX));
          const second = assertRejects(() =>
            store.update(() => {
              called++;
              return undefined;
            }, controller)
          );
          others.push(store.update(addOne("y")));
          await clock.untilPending(4);
          controller.abort(reason);
          assertEquals(await second, reason);
        }
        clock.advance(40);
        await Promise.all(others);
        assertEquals(called, 0);
        assertEquals(clock.pending, 0);
      }),
  );

  await t.step(
    "in the middle of its own change",
    () =>
      withStateFile(async (path) => {
        const controller = new AbortController();
        const store = new FileStateStore(path);
        const error = await assertRejects(() =>
          store.update((current) => {
            controller.abort(reason);
            return disableX(current);
          }, controller)
        );
        assertEquals(error, reason);
        await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
      }),
  );
});

Deno.test("FileStateStore.update() stores nothing when the change throws", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    const error = await assertRejects(() =>
      store.update(() => {
        throw new PluginError("Somebody was faster", {
          code: "PLUGIN_STATE_CONFLICT",
          remedy: "Try again",
        });
      }), PluginError);
    assertEquals(error.code, "PLUGIN_STATE_CONFLICT");
    await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    assertEquals((await store.update(disableX)).revision, 1);
  });
});

Deno.test("FileStateStore.update() loses no change of two stores in one process", async () => {
  await withStateFile(async (path) => {
    const stores = [new FileStateStore(path), new FileStateStore(path)];
    const updates = stores.flatMap((store, i) =>
      Array.from({ length: 25 }, () => store.update(addOne(`p${i}`)))
    );
    const revisions = (await Promise.all(updates))
      .map(({ revision }) => revision);
    assertEquals(new Set(revisions).size, 50);
    const state = await new FileStateStore(path).read();
    assert(state.ok);
    assertEquals(state.snapshot.revision, 50);
    assertEquals(
      [...state.snapshot.plugins.values()].map(({ config }) => config?.count),
      [25, 25],
    );
  });
});

Deno.test("FileStateStore.update() keeps the order of its calls", async () => {
  await withStateFile(async (path) => {
    const store = new FileStateStore(path);
    const order: number[] = [];
    await Promise.all(Array.from({ length: 10 }, (_, i) =>
      store.update(() => {
        order.push(i);
        return undefined;
      })));
    assertEquals(order, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
