import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import software.amazon.dynamodb.services.local.main.ServerRunner;

/** Starts DynamoDB Local on one address, which its own main class cannot: it listens on all. Arguments: HOST, PORT, and those of DynamoDB Local. */
public class Launcher {
    public static void main(String[] args) throws Exception {
        var proxy = ServerRunner.createServerFromCommandLineArgs(java.util.Arrays.copyOfRange(args, 2, args.length));
        var field = proxy.getClass().getDeclaredField("server");
        field.setAccessible(true);
        var connector = (ServerConnector) ((Server) field.get(proxy)).getConnectors()[0];
        connector.setHost(args[0]);
        connector.setPort(Integer.parseInt(args[1]));
        proxy.safeStart();
        proxy.join();
    }
}
