package dev.spool.testkit;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A file system of the kernel's that lies in the memory of this process, and fails, stalls and
 * loses as it is told: a {@link FuseTree} behind {@link FuseFaults}. It is run by {@link
 * FaultyMount} in a process of its own, so that whoever uses it can be killed, and can wait for it
 * without its waiting for them.
 *
 * <p>Standard input and output are the kernel's device; orders are taken, and answered, line by
 * line over the descriptors 3 and 4. When no more can come, it ends.
 */
final class FuseServer {
  /** What the kernel hands over at once; without more being agreed upon, it gives no more. */
  private static final int LONGEST_WRITE = 128 << 10;

  /** More room than that is not shown: there are programs that count it in bytes. */
  private static final long MOST_ROOM = 1L << 40;

  /** Of a file that is written past the page cache (O_DIRECT), on x86-64 or on ARM64. */
  private static final int DIRECT = 0x4000 | 0x10000;

  private final FuseFaults faults = new FuseFaults();
  private final FuseTree tree;
  private final FileChannel in = new FileInputStream(FileDescriptor.in).getChannel();
  private final FileChannel out = new FileOutputStream(FileDescriptor.out).getChannel();

  /** A call that is held keeps a thread. */
  private final ExecutorService threads = Executors.newCachedThreadPool();

  private FuseServer() throws IOException {
    tree = new FuseTree(new PowerCutDisk(new SplittableRandom(0), true));
  }

  /**
   * Serves until nobody gives orders any more.
   *
   * @param args none
   */
  public static void main(String[] args) throws IOException {
    FuseServer server = new FuseServer();
    Thread kernel = new Thread(server::serve, "fuse-kernel");
    kernel.setDaemon(true);
    kernel.start();
    try (BufferedReader orders =
            new BufferedReader(
                new InputStreamReader(
                    new FileInputStream("/proc/self/fd/3"), StandardCharsets.UTF_8));
        PrintStream answers =
            new PrintStream(
                new FileOutputStream("/proc/self/fd/4"), true, StandardCharsets.UTF_8)) {
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        answers.println(server.obey(line.split(" ", -1)));
      }
    } finally {
      Runtime.getRuntime().halt(0); // whatever is held
    }
  }

  // Orders

  private String obey(String... words) {
    try {
      switch (words[0]) {
        case "fail" ->
            faults.failNth(
                Long.parseLong(words[1]), words[3].equals("onwards"), Errno.valueOf(words[2]));
        case "short" -> faults.shortenNthWrite(Long.parseLong(words[1]));
        case "part" -> faults.writeNthInPart(Long.parseLong(words[1]));
        case "drop" -> faults.dropNthForce(Long.parseLong(words[1]));
        case "dropNames" -> faults.dropNthDirectoryForce(Long.parseLong(words[1]));
        case "holdNth" -> faults.holdNth(Long.parseLong(words[1]));
        case "strike" ->
            faults.killAtNthChange(
                Long.parseLong(words[1]), Long.parseLong(words[2]), words[3].equals("made"));
        case "cut" -> {
          faults.arm();
          tree.disk().cutAfter(Long.parseLong(words[1]));
        }
        case "failWritesOf" -> faults.failWritesOf(words[1]);
        case "hold" -> faults.hold(calls(words));
        case "awaitHeld" -> faults.awaitHeld();
        case "release" -> faults.release();
        case "heal" -> faults.heal();
        case "counts" -> {
          return "OK " + faults.counts() + " " + tree.disk().changes();
        }
        case "life" -> {
          return "OK " + tree.life();
        }
        case "fresh" ->
            tree.use(new PowerCutDisk(new SplittableRandom(Long.parseLong(words[1])), true));
        case "restart" -> {
          tree.disk().restart();
          tree.forgetAll();
        }
        case "kill" -> {
          tree.disk().kill();
          tree.forgetAll();
        }
        default -> throw new IllegalArgumentException(words[0]);
      }
      return "OK";
    } catch (IOException | RuntimeException | AssertionError e) {
      return "FAILED " + e;
    }
  }

  private static Set<FuseCall> calls(String... words) {
    if (words.length == 1) {
      return EnumSet.allOf(FuseCall.class);
    }
    Set<FuseCall> calls = EnumSet.noneOf(FuseCall.class);
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      calls.add(FuseCall.valueOf(word));
    }
    return calls;
  }

  // The kernel

  private void serve() {
    ByteBuffer message = ByteBuffer.allocateDirect(LONGEST_WRITE + (64 << 10));
    while (true) {
      message.clear();
      try {
        if (in.read(message) <= 0) {
          break;
        }
      } catch (IOException e) {
        if (Errno.of(e) == Errno.ENOENT) {
          continue; // it was taken back
        }
        if (!"No such device".equals(e.getMessage())) { // else it was unmounted
          e.printStackTrace();
        }
        break;
      }
      byte[] bytes = new byte[message.flip().remaining()];
      message.get(bytes);
      threads.execute(() -> handle(new FuseRequest(bytes)));
    }
  }

  private void handle(FuseRequest request) {
    FuseCall call = FuseCall.of(request.call());
    if (call != null && !call.isAnswered()) {
      return;
    }
    ByteBuffer answer;
    try {
      answer = call == null ? request.failed(Errno.ENOSYS) : answer(call, request);
    } catch (FuseFaults.Failure e) {
      answer = request.failed(e.errno());
    } catch (PowerCutDisk.PowerFailure e) {
      answer = request.failed(Errno.EIO);
    } catch (IOException e) {
      answer = request.failed(Errno.of(e));
    } catch (RuntimeException | Error e) {
      e.printStackTrace();
      answer = request.failed(Errno.EIO);
    }
    try {
      out.write(answer);
    } catch (IOException e) {
      if (Errno.of(e) != Errno.ENOENT) { // else who has asked is dead
        e.printStackTrace();
      }
    }
  }

  private ByteBuffer answer(FuseCall call, FuseRequest request)
      throws IOException, FuseFaults.Failure {
    ByteBuffer body = request.body();
    long node = request.node();
    String name = call == FuseCall.LOOKUP ? request.name() : null;
    FuseFaults.Fate fate =
        call.canFail() && !isOnTheWay(call, node, name)
            ? faults.before(call)
            : FuseFaults.Fate.MADE;
    return switch (call) {
      case INIT -> request.initialized(LONGEST_WRITE);
      case LOOKUP -> request.entry(tree.lookup(node, String.valueOf(name)));
      case GETATTR -> request.attributes(tree.attributes(node));
      case SETATTR -> setAttributes(request);
      case MKDIR -> {
        int mode = body.getInt();
        body.getInt();
        yield request.entry(tree.makeDirectory(node, request.name(), mode));
      }
      case UNLINK -> {
        tree.delete(node, request.name(), false);
        yield request.done();
      }
      case RMDIR -> {
        tree.delete(node, request.name(), true);
        yield request.done();
      }
      case RENAME -> rename(request, body.getLong(), 0);
      case RENAME2 -> {
        long newParent = body.getLong();
        int flags = body.getInt();
        body.getInt();
        yield rename(request, newParent, flags);
      }
      case OPEN -> request.opened(tree.open(node));
      case CREATE -> create(request);
      case READ -> read(request);
      case WRITE -> write(request, fate);
      case STATFS ->
          request.space(Math.min(tree.disk().space(Path.of("/")).usableBytes(), MOST_ROOM));
      case FSYNC -> {
        tree.force(body.getLong(), fate == FuseFaults.Fate.DROPPED);
        yield request.done();
      }
      case FLUSH -> request.done();
      case OPENDIR -> request.opened(tree.openDirectory(node));
      case READDIR -> {
        long open = body.getLong();
        int first = (int) body.getLong();
        yield request.entries(tree.entries(open), first, body.getInt());
      }
      case FSYNCDIR -> {
        tree.forceDirectory(node, fate == FuseFaults.Fate.DROPPED);
        yield request.done();
      }
      case RELEASE, RELEASEDIR -> {
        tree.close(body.getLong());
        yield request.done();
      }
      case FALLOCATE -> allocate(request);
      case FORGET, BATCH_FORGET, INTERRUPT -> throw new AssertionError(call);
    };
  }

  /** The kernel asks for each directory of a path: those would be most of all calls. */
  private boolean isOnTheWay(FuseCall call, long node, @Nullable String name) {
    return (name != null && tree.isDirectory(node, name))
        || (call == FuseCall.GETATTR && tree.isDirectory(node));
  }

  private ByteBuffer rename(FuseRequest request, long newParent, int flags) throws IOException {
    if ((flags & ~1) != 0) {
      return request.failed(Errno.EINVAL);
    }
    String from = request.name();
    tree.rename(request.node(), from, newParent, request.name(), flags == 0);
    return request.done();
  }

  private ByteBuffer setAttributes(FuseRequest request) throws IOException {
    ByteBuffer body = request.body();
    int begin = body.position();
    int valid = body.getInt(begin);
    long node = request.node();
    if ((valid & 8) != 0) {
      tree.length(node, body.getLong(begin + 16));
    }
    if ((valid & 1) != 0) {
      tree.permissions(node, body.getInt(begin + 68));
    }
    if ((valid & 32) != 0) {
      tree.modified(
          node, (valid & 256) != 0 ? System.currentTimeMillis() : body.getLong(begin + 40) * 1000);
    }
    return request.attributes(tree.attributes(node));
  }

  private ByteBuffer create(FuseRequest request) throws IOException {
    ByteBuffer body = request.body();
    body.getInt();
    int mode = body.getInt();
    body.getLong();
    String name = request.name();
    long open = tree.create(request.node(), name, mode);
    return request.created(tree.lookup(request.node(), name), open);
  }

  private ByteBuffer read(FuseRequest request) throws IOException {
    ByteBuffer body = request.body();
    long open = body.getLong();
    long position = body.getLong();
    ByteBuffer room = request.room(body.getInt());
    int unused = tree.read(open, room, position);
    return request.read(room);
  }

  private ByteBuffer write(FuseRequest request, FuseFaults.Fate fate)
      throws IOException, FuseFaults.Failure {
    ByteBuffer body = request.body();
    long open = body.getLong();
    long position = body.getLong();
    int length = body.getInt();
    boolean direct = (body.getInt(body.position() + 12) & DIRECT) != 0;
    body.position(body.position() + 20);
    faults.beforeWritten(body.slice(body.position(), length));
    int written =
        switch (fate) {
          case BY_HALF -> length / 2;
          case IN_PART -> direct ? inBlocks(length) : length - length / 2;
          default -> length;
        };
    tree.write(open, body.slice(body.position(), written), position);
    return request.written(written);
  }

  /** Past the page cache a file system writes whole blocks, or nothing. */
  private static int inBlocks(int length) {
    int blocks = length / PowerCutDisk.BLOCK;
    return (blocks - blocks / 2) * PowerCutDisk.BLOCK;
  }

  /** Room is there without being allocated; the length follows, unless it is to be kept. */
  private ByteBuffer allocate(FuseRequest request) throws IOException {
    ByteBuffer body = request.body();
    body.getLong();
    long end = body.getLong() + body.getLong();
    int mode = body.getInt();
    if ((mode & ~1) != 0) {
      return request.failed(Errno.EOPNOTSUPP);
    }
    if (mode == 0 && tree.attributes(request.node()).length() < end) {
      tree.length(request.node(), end);
    }
    return request.done();
  }
}
