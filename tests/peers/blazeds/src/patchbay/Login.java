package patchbay;

import flex.messaging.security.LoginCommand;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import javax.servlet.ServletConfig;

/** Knows one user: correct, with the password correct. */
public class Login implements LoginCommand {
    @Override
    public void start(ServletConfig config) {
    }

    @Override
    public void stop() {
    }

    @Override
    public Principal doAuthentication(String user, Object credentials) {
        String password = credentials instanceof Map<?, ?> map ? String.valueOf(map.get("password")) : String.valueOf(credentials);
        return user.equals("correct") && password.equals("correct") ? () -> user : null;
    }

    @Override
    public boolean doAuthorization(Principal principal, List roles) {
        return principal != null;
    }

    @Override
    public boolean logout(Principal principal) {
        return true;
    }
}
