package dev.spool.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.spool.Durability;
import dev.spool.EntryChannel;
import dev.spool.Spool;
import dev.spool.SpoolId;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whatever a spool has is handed on, also what it will have one day. */
class ForwardingSpoolTest {
  private static final Map<Class<?>, Object> ARGUMENTS =
      Map.of(
          SpoolId.class,
          SpoolId.random(),
          byte[].class,
          new byte[] {1},
          Durability.class,
          Durability.BUFFERED,
          EntryChannel.class,
          EntryChannel.bounded(1, 1),
          Instant.class,
          Instant.EPOCH,
          Path.class,
          Path.of("aside"));

  /** What reached the wrapped spool: the method, its arguments, and what it returned. */
  private record Reached(
      Method method, List<@Nullable Object> arguments, @Nullable Object result) {}

  private final List<Reached> reached = new ArrayList<>();
  private final Spool spool = new ForwardingSpool(recording()) {};

  private Spool recording() {
    return (Spool)
        Proxy.newProxyInstance(
            Spool.class.getClassLoader(),
            new Class<?>[] {Spool.class},
            (proxy, method, arguments) -> {
              Object result =
                  method.getReturnType() == CompletableFuture.class
                      ? new CompletableFuture<>()
                      : method.getReturnType() == String.class ? "a string of its own" : null;
              List<@Nullable Object> given =
                  arguments == null ? List.of() : Arrays.asList(arguments);
              reached.add(new Reached(method, given, result));
              return result;
            });
  }

  @Test
  void everyCallReachesTheWrappedSpoolOnceAsItWasMade() throws ReflectiveOperationException {
    for (Method method : Spool.class.getMethods()) {
      if (Modifier.isStatic(method.getModifiers())) {
        continue;
      }
      reached.clear();
      Object[] arguments = Arrays.stream(method.getParameterTypes()).map(ARGUMENTS::get).toArray();
      Object result = method.invoke(spool, arguments);
      assertThat(reached).as("calls of %s", method).hasSize(1);
      Reached call = reached.get(0);
      assertThat(call.method().getName()).isEqualTo(method.getName());
      assertThat(call.arguments()).startsWith(arguments);
      assertThat(call.result()).isSameAs(result);
    }
  }

  @Test
  void shortFormsGoByWayOfTheLongOnes() {
    var unused = spool.store(SpoolId.random(), new byte[1]);
    unused = spool.remove(SpoolId.random());
    assertThat(reached).extracting(call -> call.arguments().size()).containsExactly(4, 3);
  }
}
