package patchbay;

import com.sun.management.OperatingSystemMXBean;
import flex.messaging.io.ClassAliasRegistry;
import flex.messaging.io.SerializationContext;
import flex.messaging.io.amf.ActionContext;
import flex.messaging.io.amf.ActionMessage;
import flex.messaging.io.amf.Amf3Input;
import flex.messaging.io.amf.Amf3Output;
import flex.messaging.io.amf.AmfMessageDeserializer;
import flex.messaging.io.amf.AmfMessageSerializer;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * BlazeDS's worker of the codec benchmark: CodecBench VALUE PACKET reads requests "MEASURE tab MILLISECONDS", one per line, and
 * answers each with a line of JSON: the CPU time of this thread, and that of the process, which has the garbage collector in it.
 */
public final class CodecBench {
    private interface Pass {
        Object run() throws Exception;
    }

    private final byte[] value;
    private final byte[] packet;
    private final SerializationContext context = new SerializationContext();

    private CodecBench(byte[] value, byte[] packet) {
        this.value = value;
        this.packet = packet;
        context.legacyCollection = true; // lists are arrays on the wire, as in the payload
        context.setDeserializationValidator(null);
        SerializationContext.setSerializationContext(context);
    }

    public static void main(String[] args) throws Exception {
        // One way each: what is read under the alias becomes an Order, and what is written as an Order gets the alias.
        ClassAliasRegistry.getRegistry().registerAlias("com.acme.Order", Order.class.getName());
        ClassAliasRegistry.getRegistry().registerAlias(Order.class.getName(), "com.acme.Order");
        new CodecBench(Files.readAllBytes(Path.of(args[0])), Files.readAllBytes(Path.of(args[1]))).serve();
    }

    private void serve() throws Exception {
        Object orders = decode();
        ActionMessage reply = decodePacket();
        check(orders);
        Map<String, Pass> measures = Map.of("decode", this::decode, "encode", () -> encode(orders),
                "packet in", this::decodePacket, "packet out", () -> encodePacket(reply));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String request = requests.readLine(); request != null; request = requests.readLine()) {
            String[] fields = request.split("\t");
            System.out.println(repeat(measures.get(fields[0]), Long.parseLong(fields[1])));
        }
    }

    private void check(Object orders) throws Exception {
        Object last = orders instanceof java.util.List<?> list ? list.get(999) : ((Object[]) orders)[999];
        if (!(last instanceof Order order) || order.id != 1000) {
            throw new IllegalStateException("the last order is " + last);
        }
        int written = encode(orders).size();
        if (Math.abs(written - value.length) > value.length / 50) {
            throw new IllegalStateException(written + " bytes are written, " + value.length + " were read");
        }
    }

    private Object decode() throws Exception {
        Amf3Input in = new Amf3Input(context);
        in.setInputStream(new ByteArrayInputStream(value));
        return in.readObject();
    }

    private ByteArrayOutputStream encode(Object orders) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 17);
        Amf3Output out = new Amf3Output(context);
        out.setOutputStream(bytes);
        out.writeObject(orders);
        out.flush();
        return bytes;
    }

    private ActionMessage decodePacket() throws Exception {
        ActionMessage message = new ActionMessage();
        AmfMessageDeserializer deserializer = new AmfMessageDeserializer();
        deserializer.initialize(context, new ByteArrayInputStream(packet), null);
        deserializer.readMessage(message, new ActionContext());
        return message;
    }

    private ByteArrayOutputStream encodePacket(ActionMessage message) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(1 << 17);
        AmfMessageSerializer serializer = new AmfMessageSerializer();
        serializer.initialize(context, bytes, null);
        serializer.writeMessage(message);
        return bytes;
    }

    private static String repeat(Pass pass, long milliseconds) throws Exception {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        long passes = 0;
        long whole = process.getProcessCpuTime();
        long start = threads.getCurrentThreadCpuTime();
        long end = System.nanoTime() + milliseconds * 1_000_000;
        while (System.nanoTime() < end) {
            pass.run();
            passes++;
        }
        return String.format("{\"passes\": %d, \"cpu_ns\": %d, \"process_cpu_ns\": %d}", passes,
                threads.getCurrentThreadCpuTime() - start, process.getProcessCpuTime() - whole);
    }
}
