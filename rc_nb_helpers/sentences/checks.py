"""What checks say, by id, so that it can be translated. Nothing of a learner's is ever put into a sentence."""

from __future__ import annotations

CHECKS = {
    # --- Every check
    "turn.blank": "Blank: ours goes on. To do it yourself, write your lines in the place of the three dots, and run "
    "this cell again.",
    "turn.untouched": "Untouched: ours goes on. To do it yourself, put the lines into the right order, and run this "
    "cell again.",
    "turn.right": "Right. Yours goes on.",
    "turn.not-yet": "Not yet:",
    "turn.ours": "Ours goes on meanwhile. Change your lines, and run this cell again.",
    "turn.mine": "Yours goes on, because you have asked for it.",
    "turn.hint": "There is a hint below this cell.",
    "turn.no-return": "Your function gives nothing back. Write return in front of the value: print only shows it.",
    "turn.is": 'The word "is" asks whether two things are one and the same in memory. == compares what they say.',
    "turn.odd": "What your function gives back ended the check with {kind}. Is it of the kind that is wanted?",
    "turn.raised-in-line": "Your function ended with {kind} in line {line} of this cell.",
    "turn.time": "Your function has not ended after {seconds} seconds: is there a loop that never ends?",
    "turn.stubborn": "It still runs, and cannot be ended: restart the kernel.",
    "turn.unchecked": "Not checked, because Python does not show this cell's text here. Yours goes on as it is.",
    "turn.no-function": "The line below @your_turn has to begin a function, and no other line with @ may be there.",
    "turn.name": "The function has another name than the program calls it by. Bring back its first line: {line}",
    "turn.parameters": "The names in the brackets of the first line are not those that it came with. Bring it back: "
    "{line}",
    "turn.async": "async makes a function that only promises its answer. Leave that word out.",
    "turn.yield": "yield makes a function that gives one piece after the other. Write return.",
    "turn.missing-in-line": "Your function uses a name that is not there: {kind} in line {line} of this cell.",
    # --- What a function ended with, behind its line
    "raised.none": "Something there is None: .get() has found nothing, or a function has given nothing back.",
    "raised.not-called": "A function stands there and is not called: the round brackets behind its name are missing.",
    "raised.digest": "A hash is not yet bytes: its .digest() is.",
    "raised.text": "A text stands where bytes are wanted. .encode() makes bytes of a text; in front of a text in "
    'quotes, a b does: b"=".',
    "raised.bytes": "Bytes stand where a text is wanted, or the other way round. .decode() makes a text of bytes; a "
    "text in quotes has no b in front of it.",
    "raised.decoded": "That is a text already: only bytes have .decode().",
    "raised.encoded": "Those are bytes already: leave .encode() out.",
    "raised.joined": "To a text, + joins nothing but a text. What stands on its other side has to be made one first.",
    "raised.dictionary-called": "A piece of a dictionary is had with square brackets, or with .get().",
    "raised.dictionary-dot": "A dictionary has no such name behind a dot. A piece of it is had with square brackets, "
    "or with .get(); a function that takes it stands around it.",
    "raised.module-called": "A module cannot be called. Its functions can: a dot stands before their names.",
    "raised.not-callable": "Round brackets stand behind something that is no function.",
    "raised.key-is-dictionary": "A whole dictionary stands where the name of a piece is wanted. Which piece of it is "
    "meant?",
    "raised.arguments": "A function there is given too few values in its brackets, or too many. Is it the one "
    "that is meant?",
    "raised.keyword": "A function there does not know a name that stands before a = in its brackets.",
    "raised.number": "A whole number is wanted there. It stands without quotes.",
    "raised.iterable": "A dictionary, a list or a text is wanted there, and what stands there has no pieces.",
    "raised.square-brackets": "Square brackets stand behind something that has no pieces. Is it a dot that is meant?",
    "raised.text-is-no-dictionary": "A text stands there where a dictionary is meant.",
    "raised.unbound": "A name is used there before it has a value. Does the line that gives it one stand further down?",
    "raised.key": "The dictionary has nothing under the name in the brackets. Look at its spelling. (.get() "
    "gives None then, and goes on.)",
    "raised.base64": "base64 was to be read there, and that is none: names with encode write it, names with decode "
    "read it.",
    "raised.input": "input() asks somebody at the keyboard, and a login asks nobody there. What your function needs "
    "stands in its brackets.",
    "raised.itself": "It calls itself, again and again.",
    "raised.no-letters": "Not all bytes are letters of a text, so .decode() fails. base64 writes any bytes in letters.",
    "raised.run-above": "{name} comes from a cell above: run the cells above first.",
    "raised.import": "The module {name} is not imported. Write import {name} above @your_turn.",
    "raised.meant": "Is {name} meant?",
    "raised.name": "Run the cells above first, or look at its spelling. A text stands in quotes.",
    "raised.before-dot": "The name behind the dot is right, but what stands before the dot has none of that name.",
    "raised.needs-dot": "It is known only behind a dot. What has to stand before it?",
    "raised.attribute": "The name behind the dot leads nowhere in this check. Look at its spelling, and at what stands "
    "before it.",
    # --- The learner's own lines in my_login.py
    "own.first": "It stands in my_login.py now, in the list of files on the left: your program.",
    "own.kept": "It stands in my_login.py now.",
    "own.secret": "It is not put into my_login.py: a text in it looks like a secret. Let your function take it as an "
    "argument.",
    "own.names": "It is not put into my_login.py: it uses something that only this notebook has. There, ours goes on.",
    "own.does-not-load": "It is not put into my_login.py: with it, the file does not load. There, ours goes on.",
    "own.not-written": "It is not put into my_login.py: the file cannot be written.",
    "own.by-hand": "You had changed my_login.py by hand. That one is kept as {name}.",
    "own.spoiled": "{name} is not what was written there any more, so ours stands in its place. Run the cell of that "
    "gap once more with your answer: then the file is written anew.",
    "own.broken": "my_login.py does not load: {kind}. This notebook goes on with ours.",
    "own.broken-in-line": "my_login.py does not load: {kind} in line {line} of the file. This notebook goes on with "
    "ours.",
    # --- The program as it is shown, and run
    "program.yours": "{count} of {all} are yours: {names}.",
    "program.none": "{count} of {all} are yours.",
    "program.not-yet": "Not yet yours: {names}. In brackets stands the notebook of each.",
    "program.title": "{file}, {count} lines",
    "program.says": "The program says: {words}.",
    "program.ended": "The program has not ended within {seconds} seconds, so it was ended. Run this cell again.",
    # --- Guesses
    "guess.run": "To answer with a button, run this cell.",
    "guess.right": "Right.",
    "guess.wrong": "Not quite.",
    "guess.right-one": "Right would be “{answer}”. {why}",
    # --- 01 settings-of
    "settings-of.two": "Two files give two addresses.",
    "settings-of.no-variable": "No variable is left behind.",
    "settings-of.first-again": "The second file gave the address of the first: load_dotenv keeps what is there.",
    "settings-of.variables": "Right values. But they are now variables of the whole program, the secret too.",
    "settings-of.whether": "load_dotenv gives back only whether it has found something. Another function of "
    "python-dotenv gives back a dictionary.",
    "settings-of.no-dictionary": "It should give back all settings of the file, as a dictionary.",
    "settings-of.other": "What it gives back is not what the file says. Is it the file in the brackets that is "
    "read? Its name stands without quotes.",
    # --- 02 authorize-link
    "authorize-link.page": "The address begins with the sign-in page, and a question mark ends it.",
    "authorize-link.pieces": "Behind it stands every piece of the question.",
    "authorize-link.every-letter": "Every piece arrives letter by letter, also with & and + in it.",
    "authorize-link.no-mark": "Address and question run into each other. A question mark stands between them.",
    "authorize-link.letters": "A value with & or + arrives as something else. urlencode writes it so that it arrives.",
    "authorize-link.lost": "Not every piece of the question arrives. urlencode makes name=value of each.",
    "authorize-link.path": "On the server, the sign-in page is at /restapi/oauth/authorize, letter by letter.",
    "authorize-link.server": "The link does not begin with the whole server_url: something stands behind the host.",
    "authorize-link.begin": "The link does not begin with the server's address. server_url stands without quotes; in "
    "an f-string, in braces.",
    "authorize-link.no-text": "The link has to be one text. + joins its parts.",
    # --- 02 new-state
    "new-state.new": "Each login gets another one.",
    "new-state.unguessable": "Nobody can work out the next one.",
    "new-state.long": "It is long enough, 22 letters or more: nobody can try out all of them.",
    "new-state.same": "Two logins got the same state. Whoever has seen one can forge the next.",
    "new-state.repeats": "random repeats itself for whoever knows where it began. The module secrets does not.",
    "new-state.short": "So short a state can be found by trying. 22 random letters are out of reach.",
    "new-state.counted": "Too little of it changes from login to login. Whoever has seen one state is near the next.",
    "new-state.no-text": "A state travels in an address, so it has to be a text. token_urlsafe makes one.",
    # --- 03 for-us
    "for-us.ours": "An answer with our state is for us.",
    "for-us.hers": "An answer with another state is not.",
    "for-us.none": "An answer without a state is not.",
    "for-us.odd": "One with letters such as é in it is not, and ends nothing with an error.",
    "for-us.before": "Before we have asked, no answer is for us.",
    "for-us.not-ours": "Our own answer is turned away. Compare the answer's state with ours. (A text is never the same "
    "as its bytes.)",
    "for-us.any-state": "Mallory's answer is taken: it has a state, but not yours.",
    "for-us.nearly": "An answer whose state is only nearly yours is taken. It has to be the same, letter by letter.",
    "for-us.no-state": "An answer without any state is taken. Mallory need not even guess.",
    "for-us.keyerror": "An answer without a state ends your program with KeyError. Its .get() does not.",
    "for-us.typeerror": "A state with é in it ends your program with TypeError: compare_digest wants bytes then. "
    ".encode() makes them of a text; == needs none.",
    "for-us.empty": "Before the first login your state is empty, and anybody can send an answer whose state is empty, "
    "too. Empty is never a match.",
    # --- 04 trade
    "trade.code": "The code goes to RingCentral.",
    "trade.redirect-uri": "The redirect URI goes along.",
    "trade.verifier": "The code verifier goes along.",
    "trade.loud": "What RingCentral says against it is not hidden.",
    "trade.no-code": "The code is not what arrives as code. It is what the answer has under that name.",
    "trade.whole-answer": "The whole answer is sent as the code. The code is one piece of it.",
    "trade.no-redirect-uri": "The redirect URI is missing, or another one goes along. RingCentral compares it with the "
    "one in your link: OAU-109.",
    "trade.no-verifier": "The code verifier is missing, or something else goes in its place. Without it, RingCentral "
    "cannot tell you from a thief.",
    "trade.unknown-name": "platform.login knows code, redirect_uri and verifier, and not the name that you gave.",
    "trade.places": "Without names, the first text is taken for a user name. Write code= in front, and so on.",
    "trade.twice": "The code is traded more than once. It works once: the second time ends what it has brought.",
    "trade.hidden": "RingCentral's refusal is swallowed, and the program believes that it has tokens.",
    "trade.nothing": "Nothing is traded: platform.login is not called. Does it have its brackets?",
    # --- 04 code-challenge
    "code-challenge.example": "It fits the example of the standard (RFC 7636, appendix B).",
    "code-challenge.differs": "Two verifiers have two challenges.",
    "code-challenge.hexadecimal": "The right fingerprint, spelled in hexadecimal. base64 of .digest() is wanted.",
    "code-challenge.padding": "One letter too many: the = at the end has to go.",
    "code-challenge.alphabet": "The right bytes in the wrong base64: + and / mean something in an address. "
    "urlsafe_b64encode writes - and _ instead.",
    "code-challenge.verifier": "That is the verifier itself. Whoever reads the link could use your code.",
    "code-challenge.bytes": "The right letters, but as bytes. .decode() makes a text of them.",
    "code-challenge.str": "str() writes b and quotes around bytes. .decode() makes a text of them.",
    "code-challenge.digest": "That is the digest alone, which is bytes. base64.urlsafe_b64encode writes it in letters.",
    "code-challenge.no-hash": "That is the verifier in base64, and anybody can turn it back. base64 is for its digest.",
    "code-challenge.other": "That is another fingerprint. S256 is SHA-256 of the verifier, then base64 for addresses.",
    "code-challenge.constant": "It is the same for every verifier, so it proves nothing.",
    # --- 08 fits
    "fits.yours": "Your verifier fits the fingerprint in your link.",
    "fits.hers": "Mallory's verifier does not.",
    "fits.fingerprint": "The fingerprint itself does not: whoever has seen the link knows it.",
    "fits.plain": "The verifier is not its own fingerprint. With plain it would be: then who reads the link is in.",
    "fits.any": "Mallory's verifier is taken, too. Is something compared with the fingerprint in the link?",
    "fits.turned-round": "It is the verifier whose fingerprint is to be made. The link has brought one already.",
    "fits.not-yours": "It is the wrong way round: your own verifier is turned away, and every other one is taken.",
    "fits.other": "Your own verifier is turned away. Is it the fingerprint of code_verifier that is compared?",
    "fits.read": "The fingerprint is taken for a verifier. Whoever has seen the link can send it.",
    # --- 10 logged-in
    "logged-in.nobody": "It looks at the clock, and asks nobody.",
    "logged-in.both": "With two good tokens, somebody is logged in.",
    "logged-in.one": "With one good token, too, whichever it is.",
    "logged-in.none": "With none, nobody is.",
    "logged-in.network": "That may go to the network: the SDK's own logged_in() fetches new tokens.",
    "logged-in.never": "With two good tokens it says that nobody is logged in.",
    "logged-in.an-hour": "After an hour everybody is sent to the login. The refresh token is good for a week.",
    "logged-in.refresh-only": "With a good access token alone it says that nobody is logged in.",
    "logged-in.always": "When both tokens have ended it still says that somebody is logged in. Do both have brackets?",
    # --- 05 end
    "end.told": "The server is told, while the token is still there to be named.",
    "end.forgotten": "The tokens are forgotten here, whatever the server says, and what it says is not hidden.",
    "end.nothing-left": "Then there is no token left to name: it was forgotten first.",
    "end.alive": "Forgotten here, alive at RingCentral. platform.logout() tells the server.",
    "end.kept": "When the server fails, the tokens stay here. What stands in finally happens all the same.",
    "end.hidden": "The server's error is swallowed, and everybody believes that the tokens are dead.",
    # --- 07 main
    "main.listener": "The listener waits before the link is shown.",
    "main.wait": "The answer is awaited after that.",
    "main.trade": "The trade comes before the call.",
    "main.logout": "The logout comes after the call.",
    "main.always": "The logout happens also when the call fails.",
    "main.left-out": "One of the steps is missing. There are five: listen, show the link, trade, call, log out.",
    "main.link-first": "The browser may be back before anybody listens.",
    "main.no-wait": "Nobody waits for the answer: listener.wait(seconds) does, and gives it back.",
    "main.wait-first": "You wait for an answer, and nobody has seen the link.",
    "main.call-first": "The call comes before there is a token to make it with.",
    "main.no-logout": "Nobody logs out. The tokens live on.",
    "main.logout-first": "You log out, and make the call after that: nobody is logged in any more.",
    "main.no-finally": "When the call fails, nobody logs out. What stands in finally happens all the same.",
    # --- 12 whose
    "whose.own": "alex's cookie opens alex's drawer, and sam's cookie sam's.",
    "whose.stranger": "A cookie without a number, or with one that is made up, opens none, and stops nothing.",
    "whose.one-for-all": "Both got what lies in one drawer: one person is everybody again. It is the cookie that tells "
    "which drawer.",
    "whose.number": "That is the number of the drawer, not what lies in it.",
    "whose.not-found": "What it gives back lies in no drawer. The cookie has the number alone, under drawer.",
    "whose.keyerror": "For a stranger it ends with KeyError, and the page breaks. .get() does not.",
    "whose.somebodys": "A stranger gets somebody's tokens.",
    "whose.none": "A stranger gets something else than an empty dictionary. .get() takes {} as its second value.",
}
