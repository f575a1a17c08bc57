#!/usr/bin/env python3
"""Rules about what deploy/ puts on AWS: who may do what, what is closed, what is kept. Takes PyYAML and cfn-lint: run it with .dev/python/bin/python.

    dev/check_deploy.py               check this project; 1 when a rule is broken
    dev/check_deploy.py --self-test   prove on made-up templates that every rule can fail
"""

import copy
import json
import re
import sys
from importlib.resources import files
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

# Actions that take no resource, by the service authorization reference of IAM, and why each is needed. Nothing else may be allowed on "*".
ON_ANYTHING = {
    "ecr:GetAuthorizationToken": "whoever fetches an image asks for a token first, which opens no repository by itself",
    "transcribe:StartTranscriptionJob": "a job has no name before it is started",
    "states:SendTaskSuccess": "the token of the task says what is meant",
    "states:SendTaskFailure": "the token of the task says what is meant",
    "states:SendTaskHeartbeat": "the token of the task says what is meant",
    "cloudwatch:PutMetricData": "metrics are bounded by the condition on their namespace",
}
# Actions that must not stand without this key among their conditions.
NEED_CONDITION = {"cloudwatch:PutMetricData": "cloudwatch:namespace", "iam:PassRole": "iam:PassedToService"}
SECRETS = {
    "an account's number": re.compile(r"(?<!\d)\d{12}(?!\d)"),
    "an access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a password": re.compile(r"(?i)(password|secret|token)\w*\s*[:=]\s*['\"]?[A-Za-z0-9/+]{8,}"),
}


class Template(yaml.SafeLoader):
    """YAML of CloudFormation: `!Sub x` becomes {"!Sub": x}."""


def _tagged(loader, tag, node):
    read = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence, yaml.MappingNode: loader.construct_mapping}[type(node)]
    return {f"!{tag}": read(node) if isinstance(node, yaml.ScalarNode) else read(node, deep=True)}


Template.add_multi_constructor("!", _tagged)


# What the rules look at.

def of_type(template, kind):
    return [(name, resource) for name, resource in template["Resources"].items() if resource["Type"] == kind]


def properties(resource):
    return resource.get("Properties", {})


def listed(value):
    return value if isinstance(value, list) else [value]


def allowances(template):
    """What roles and managed policies allow: where, and the statement."""
    documents = [(f"{name}/{p['PolicyName']}", p["PolicyDocument"]) for name, r in of_type(template, "AWS::IAM::Role") for p in properties(r).get("Policies", [])]
    documents += [(name, properties(r)["PolicyDocument"]) for kind in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy") for name, r in of_type(template, kind)]
    return [(f"{where}/{s.get('Sid', '?')}", s) for where, d in documents for s in d["Statement"] if s["Effect"] == "Allow"]


def resource_policies(template):
    kinds = {"AWS::S3::BucketPolicy": "Bucket", "AWS::SNS::TopicPolicy": "Topics"}
    return [(name, properties(r)[of], s) for kind, of in kinds.items() for name, r in of_type(template, kind) for s in properties(r)["PolicyDocument"]["Statement"]]


def condition_keys(statement):
    return {key for of_operator in statement.get("Condition", {}).values() for key in of_operator}


def is_anything(resource):
    text = next(iter(resource.values())) if isinstance(resource, dict) else resource
    # An ARN whose last part is "*" is everything of a kind.
    return isinstance(text, str) and (text == "*" or text.split(":", 5)[-1] in ("*", "/*"))


# The rules. Each takes the template and returns sentences, none when all is well.

def broken_allowances(template):
    problems = []
    for where, statement in allowances(template):
        actions = listed(statement.get("Action", []))
        if "NotAction" in statement or "NotResource" in statement or not actions:
            problems.append(f"{where} says what is not allowed: list the actions and the resources")
        for action in actions:
            if "*" in action:
                problems.append(f"{where} allows {action}: name each action")
            if any(is_anything(r) for r in listed(statement.get("Resource", "*"))) and action not in ON_ANYTHING:
                problems.append(f"{where} allows {action} on anything: name the resources")
            if action in NEED_CONDITION and NEED_CONDITION[action] not in condition_keys(statement):
                problems.append(f"{where} allows {action} without a condition on {NEED_CONDITION[action]}")
    return problems


def broken_list(on_anything, reference):
    """`reference`: the actions of each service, in small letters, each with the kinds of resources that it takes, as IAM's reference has them."""
    problems = []
    for action in on_anything:
        service, name = action.split(":")
        known = reference[service]["Actions"].get(name.lower())
        if known is None:
            problems.append(f"{action} is no action of {service}")
        elif known.get("Resources") and action not in NEED_CONDITION:
            problems.append(f"{action} takes a resource by now ({', '.join(known['Resources'])}): name it in the template, and take the action off ON_ANYTHING")
    return problems


def broken_trust(template):
    problems = []
    for name, role in of_type(template, "AWS::IAM::Role"):
        for statement in properties(role)["AssumeRolePolicyDocument"]["Statement"]:
            principal = statement.get("Principal")
            if not isinstance(principal, dict) or list(principal) != ["Service"] or not all(s.endswith(".amazonaws.com") for s in listed(principal["Service"])):
                problems.append(f"{name} may be taken by others than a service: name the service alone")
            if "aws:SourceAccount" not in condition_keys(statement):
                problems.append(f"{name} may be taken for another account: add a condition on aws:SourceAccount")
    return problems


def broken_buckets(template):
    problems = []
    for name, bucket in of_type(template, "AWS::S3::Bucket"):
        has = properties(bucket)
        if not has.get("BucketEncryption"):
            problems.append(f"{name} is not encrypted")
        closed = has.get("PublicAccessBlockConfiguration", {})
        if not all(closed.get(key) is True for key in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")):
            problems.append(f"{name} can be made public: block all four ways")
        if has.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            problems.append(f"{name} keeps no versions")
        if {bucket.get("DeletionPolicy"), bucket.get("UpdateReplacePolicy")} != {"Retain"}:
            problems.append(f"{name} would go with the stack: DeletionPolicy and UpdateReplacePolicy must be Retain")
        tls = [s for _, of, s in resource_policies(template) if of == {"!Ref": name} and s["Effect"] == "Deny" and "aws:SecureTransport" in condition_keys(s)]
        if not tls:
            problems.append(f"{name} can be reached without TLS: deny it in its policy")
    for where, _, statement in resource_policies(template):
        if statement["Effect"] == "Allow" and statement.get("Principal") in ("*", {"AWS": "*"}):
            problems.append(f"{where} allows something to everybody")
    return problems


def broken_network(template):
    problems = [f"{name} lets something in: workers are reached by nobody"
                for name, group in of_type(template, "AWS::EC2::SecurityGroup") if properties(group).get("SecurityGroupIngress")]
    problems += [f"{name} lets something in: workers are reached by nobody" for name, _ in of_type(template, "AWS::EC2::SecurityGroupIngress")]
    for name, service in of_type(template, "AWS::ECS::Service"):
        if properties(service)["NetworkConfiguration"]["AwsvpcConfiguration"].get("AssignPublicIp") != "DISABLED":
            problems.append(f"{name} has public addresses: AssignPublicIp must be DISABLED")
    return problems


def broken_containers(template):
    problems = []
    for name, task in of_type(template, "AWS::ECS::TaskDefinition"):
        for container in properties(task)["ContainerDefinitions"]:
            if container.get("ReadonlyRootFilesystem") is not True:
                problems.append(f"{name} can write into its image: ReadonlyRootFilesystem must be true")
            if str(container.get("User", "0")).split(":")[0] in ("0", "root"):
                problems.append(f"{name} runs as root: name another User")
            if container.get("Privileged") or container.get("LinuxParameters", {}).get("Capabilities", {}).get("Drop") != ["ALL"]:
                problems.append(f"{name} keeps privileges: drop ALL capabilities")
    return problems


def broken_logs(template):
    return [f"{name} is kept for ever: set RetentionInDays" for name, group in of_type(template, "AWS::Logs::LogGroup") if not properties(group).get("RetentionInDays")]


def broken_alarms(template, runbook):
    problems = []
    for name, alarm in of_type(template, "AWS::CloudWatch::Alarm"):
        if not properties(alarm).get("AlarmActions"):
            problems.append(f"{name} tells nobody: set AlarmActions")
        if f"`{name}`" not in runbook:
            problems.append(f"docs/runbook.md does not say what the alarm {name} means and what to do")
    return problems


def broken_text(name, text):
    return [f"{name}, line {n}, seems to hold {what}" for n, line in enumerate(text.splitlines(), 1) for what, pattern in SECRETS.items() if pattern.search(line)]


def broken_containerfile(text):
    rows = [row.split() for row in text.splitlines() if row.strip() and not row.lstrip().startswith("#")]
    images = [row[1] for row in rows if row[0] == "FROM"]
    problems = [f"the Containerfile begins with {image}: name its tag" for image in images if ":" not in image.rsplit("/", 1)[-1] or image.endswith(":latest")]
    last = max(n for n, row in enumerate(rows) if row[0] == "FROM")
    users = [row[1] for row in rows[last:] if row[0] == "USER"]
    if not users or users[-1].split(":")[0] in ("0", "root"):
        problems.append("the Containerfile's image runs as root: name a USER")
    return problems


# This project.

RULES = (broken_allowances, broken_trust, broken_buckets, broken_network, broken_containers, broken_logs)


def check():
    deploy = ROOT / "deploy"
    template = yaml.load((deploy / "template.yaml").read_text(encoding="utf-8"), Template)
    problems = [problem for rule in RULES for problem in rule(template)]
    reference = json.loads((files("cfnlint") / "data" / "AdditionalSpecs" / "Policies.json").read_text(encoding="utf-8"))
    problems += broken_list(ON_ANYTHING, reference)
    problems += broken_alarms(template, (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8"))
    problems += broken_containerfile((deploy / "Containerfile").read_text(encoding="utf-8"))
    for path in sorted(deploy.iterdir()):
        problems += broken_text(path.name, path.read_text(encoding="utf-8"))
    for problem in problems:
        print(f"rule broken: {problem}", file=sys.stderr)
    if problems:
        sys.exit(1)
    print(f"What is deployed is in order ({len(template['Resources'])} resources, {len(allowances(template))} statements that allow something).")


# Self-test.

GOOD = """
Resources:
  Data:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BucketEncryption: { x: y }
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets: true }
      VersioningConfiguration: { Status: Enabled }
  DataPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Data
      PolicyDocument: { Statement: [{ Effect: Deny, Principal: '*', Action: 's3:*', Condition: { Bool: { aws:SecureTransport: 'false' } } }] }
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: states.amazonaws.com }, Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } } }]
      Policies:
        - PolicyName: p
          PolicyDocument:
            Statement:
              - { Effect: Allow, Action: s3:GetObject, Resource: !Sub '${Data.Arn}/a/*' }
              - { Effect: Allow, Action: [states:SendTaskSuccess], Resource: '*' }
              - { Effect: Allow, Action: iam:PassRole, Resource: !GetAtt Other.Arn, Condition: { StringEquals: { iam:PassedToService: x } } }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { VpcId: v } }
  Service: { Type: AWS::ECS::Service, Properties: { NetworkConfiguration: { AwsvpcConfiguration: { AssignPublicIp: DISABLED } } } }
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: { ContainerDefinitions: [{ User: '7', ReadonlyRootFilesystem: true, LinuxParameters: { Capabilities: { Drop: [ALL] } } }] }
  Log: { Type: AWS::Logs::LogGroup, Properties: { RetentionInDays: 30 } }
  Alarm: { Type: AWS::CloudWatch::Alarm, Properties: { AlarmActions: [x] } }
"""


def changed(path, value):
    """The good template with another value at a path, or without it where the value is None."""
    template = copy.deepcopy(yaml.load(GOOD, Template))
    *way, last = path
    here = template["Resources"]
    for part in way:
        here = here[part]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return template


def self_test():
    statement = ("Role", "Properties", "Policies", 0, "PolicyDocument", "Statement")
    trust = ("Role", "Properties", "AssumeRolePolicyDocument", "Statement", 0)
    container = ("Task", "Properties", "ContainerDefinitions", 0)
    policy = ("DataPolicy", "Properties", "PolicyDocument", "Statement")
    rows = [
        # (rule, path, value, what the sentence must hold)
        (broken_allowances, (*statement, 0, "Resource"), "*", "s3:GetObject on anything"),
        (broken_allowances, (*statement, 0, "Resource"), {"!Sub": "arn:aws:s3:::*"}, "s3:GetObject on anything"),
        (broken_allowances, (*statement, 0, "Resource"), None, "s3:GetObject on anything"),
        (broken_allowances, (*statement, 0, "Action"), "s3:*", "allows s3:*"),
        (broken_allowances, (*statement, 1, "Action"), ["states:SendTaskSuccess", "states:StopExecution"], "states:StopExecution on anything"),
        (broken_allowances, (*statement, 0, "NotAction"), "s3:Put", "says what is not allowed"),
        (broken_allowances, (*statement, 2, "Condition"), None, "iam:PassRole without a condition"),
        (broken_trust, (*trust, "Principal"), {"AWS": "x"}, "Role may be taken by others"),
        (broken_trust, (*trust, "Principal"), "*", "Role may be taken by others"),
        (broken_trust, (*trust, "Condition"), None, "for another account"),
        (broken_buckets, ("Data", "Properties", "BucketEncryption"), None, "Data is not encrypted"),
        (broken_buckets, ("Data", "Properties", "PublicAccessBlockConfiguration", "IgnorePublicAcls"), False, "can be made public"),
        (broken_buckets, ("Data", "Properties", "VersioningConfiguration"), None, "keeps no versions"),
        (broken_buckets, ("Data", "UpdateReplacePolicy"), None, "would go with the stack"),
        (broken_buckets, (*policy, 0, "Condition"), None, "without TLS"),
        (broken_buckets, (*policy, 0), {"Effect": "Allow", "Principal": "*"}, "to everybody"),
        (broken_network, ("Group", "Properties", "SecurityGroupIngress"), [{}], "lets something in"),
        (broken_network, ("Group", "Type"), "AWS::EC2::SecurityGroupIngress", "lets something in"),
        (broken_network, ("Service", "Properties", "NetworkConfiguration", "AwsvpcConfiguration", "AssignPublicIp"), None, "public addresses"),
        (broken_containers, (*container, "ReadonlyRootFilesystem"), None, "can write into its image"),
        (broken_containers, (*container, "User"), "0:0", "runs as root"),
        (broken_containers, (*container, "User"), None, "runs as root"),
        (broken_containers, (*container, "Privileged"), True, "keeps privileges"),
        (broken_containers, (*container, "LinuxParameters"), None, "keeps privileges"),
        (broken_logs, ("Log", "Properties", "RetentionInDays"), None, "kept for ever"),
        (lambda t: broken_alarms(t, "`Alarm`"), ("Alarm", "Properties", "AlarmActions"), None, "tells nobody"),
        (lambda t: broken_alarms(t, "Alarm"), ("Alarm", "Type"), "AWS::CloudWatch::Alarm", "runbook.md does not say"),
    ]
    good = yaml.load(GOOD, Template)
    number, key = "1234" * 3, "AKIA" + "ABCD" * 4
    cases = [(f"{path[-1]} = {value!r}", rule(changed(path, value)), wanted) for rule, path, value, wanted in rows]
    cases += [(f"good, {rule.__name__}", rule(good), None) for rule in RULES]
    reference = {"a": {"Actions": {"free": {}, "bound": {"Resources": ["thing"]}}}}
    cases += [(action, broken_list({action: "why"}, reference), wanted)
              for action, wanted in [("a:Free", None), ("a:Bound", "takes a resource by now (thing)"), ("a:Other", "no action of a")]]
    cases += [("good alarm", broken_alarms(good, "`Alarm`"), None)]
    cases += [(text, broken_text("x", text), wanted) for text, wanted in [
        (f"arn:aws:iam::{number}:role/x", "an account's number"), (key, "an access key"), ("-----BEGIN PRIVATE KEY", "a private key"),
        ("Password: hunter22", "a password"), ("Threshold: 7200000", None), ("Action: ecr:GetAuthorizationToken", None),
    ]]
    cases += [(text, broken_containerfile(text), wanted) for text, wanted in [
        ("FROM a/b:1\nUSER 7", None), ("FROM a/b\nUSER 7", "name its tag"), ("FROM b:latest\nUSER 7", "name its tag"), ("FROM a:1\nUSER 7\nFROM b:1", "runs as root"),
        ("FROM a:1\nUSER root", "runs as root"),
    ]]
    wrong = [(what, problems, wanted) for what, problems, wanted in cases if bool(problems) != (wanted is not None) or not any((wanted or "") in p for p in problems or [""])]
    for what, problems, wanted in wrong:
        print(f"self-test, {what}: wanted {wanted!r}, got {problems}", file=sys.stderr)
    if wrong:
        sys.exit(1)
    print(f"The self-test of what is deployed passed ({len(cases)} cases).")


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        check()
