package dev.trainyard.api.v1alpha1;

/**
 * CEL rules, and their messages, that more than one field has. A pattern of the schema would print
 * its regular expression to the user; a rule prints a sentence.
 */
final class Rules {
  static final String NAME = "self.matches('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$')";
  static final String NAME_MESSAGE =
      " must be the name of a Kubernetes object: lower-case letters, digits, '-' and '.', with a"
          + " letter or digit at both ends";

  static final String RELATIVE = "!self.startsWith('/')";
  static final String INSIDE = "!self.split('/').exists(p, p == '..')";

  static final String PRINTABLE = "!self.matches('[[:cntrl:]]')";
  static final String SCRIPT_PRINTABLE =
      "script must not contain line breaks or control characters";

  static final String VARIABLES =
      "self.all(k, !k.startsWith('LD_') && !k.startsWith('BASH_FUNC_') && k != 'BASH_ENV')";
  static final String VARIABLES_MESSAGE =
      "environmentVariables must not set LD_*, BASH_ENV or BASH_FUNC_*: they change what every"
          + " program of the run loads";
  static final String VARIABLE_NAMES = "self.all(k, k.matches('^[A-Za-z_][A-Za-z0-9_]*$'))";
  static final String VARIABLE_NAMES_MESSAGE =
      "names in environmentVariables must consist of letters, digits and underscores and not begin"
          + " with a digit";

  static final String IMAGE =
      "self.matches('^([a-zA-Z0-9][-a-zA-Z0-9.]*(:[0-9]+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*"
          + "(:[a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127})?(@sha256:[0-9a-f]{64})?$')";
  static final String IMAGE_MESSAGE =
      " must be an image reference such as registry.example.com/team/image:tag or image@sha256:...,"
          + " without a scheme and without white space";

  static final String HOST =
      "self.matches('^[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?$') ||"
          + " self.matches('^[0-9a-fA-F.]*:[0-9a-fA-F.]*:[0-9a-fA-F:.]*$')";
  static final String HOST_MESSAGE =
      "address must be a host name or an IP address alone: no scheme, no user, no path, and the"
          + " port in the field port";

  static final String USER = "self.matches('^[a-zA-Z_][-a-zA-Z0-9_.]*$')";
  static final String USER_MESSAGE =
      "username must begin with a letter or underscore and consist of letters, digits, '-', '_' and"
          + " '.'";

  static final String ADMIN_USER = "self.matches('^[a-z_][-a-z0-9_]*$')";
  static final String ADMIN_USER_MESSAGE =
      "adminUsername must begin with a lower-case letter or underscore and consist of lower-case"
          + " letters, digits, '-' and '_'";
  static final String ADMIN_USER_FREE =
      "!(self in ['root', 'admin', 'administrator', 'user', 'test', 'guest', 'owner', 'server',"
          + " 'sql', 'support', 'sys', 'console', 'backup', 'adm', 'actuser', 'aspnet'])";
  static final String ADMIN_USER_FREE_MESSAGE =
      "adminUsername is one of the names that Azure refuses, such as root or admin: choose another";

  static final String VM_SIZE = "self.matches('^[Ss][Tt][Aa][Nn][Dd][Aa][Rr][Dd]_[A-Za-z0-9_-]+$')";
  static final String VM_SIZE_MESSAGE =
      "vmSize must be an Azure size such as Standard_D2_v2 or STANDARD_NC6";

  static final String HTTPS = "self.matches('^https://[^/@[:space:]]+(/[^[:space:]]*)?$')";

  static final String ACI_REGION =
      "self in ['westus', 'eastus', 'westeurope', 'northeurope', 'westus2', 'southeastasia']";
  static final String ACI_REGIONS =
      " must be one of westus, eastus, westeurope, northeurope, westus2, southeastasia";

  static final String GIT_REF =
      "self.matches('^[^-[:space:]~^:?*\\\\[\\\\\\\\][^[:space:]~^:?*\\\\[\\\\\\\\]*$') &&"
          + " !self.contains('..')";
  static final String GIT_REF_MESSAGE =
      " must be a Git name: no white space, no '..', none of ~ ^ : ? * [ \\ and no '-' in front";

  private Rules() {}
}
